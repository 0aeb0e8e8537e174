// Blocks of data: JSON, deflated, base64, in script elements that the browser leaves alone.

const KEPT_BLOCKS = 12;
const blocks = new Map();

function bytesOf(text) {
  if (Uint8Array.fromBase64) {
    return Uint8Array.fromBase64(text);
  }
  return Uint8Array.from(atob(text), (character) => character.charCodeAt(0));
}

async function unpacked(name) {
  const text = document.getElementById(`data-${name}`).textContent;
  const stream = new Blob([bytesOf(text)]).stream().pipeThrough(new DecompressionStream("deflate"));
  return new Response(stream).json();
}

// One item of the blocks `kind-0`, `kind-1` and so on, each of `size` items.
async function itemOf(kind, number, size) {
  const name = `${kind}-${Math.floor(number / size)}`;
  const block = blocks.get(name) || unpacked(name);
  blocks.delete(name);
  blocks.set(name, block);
  if (blocks.size > KEPT_BLOCKS) {
    blocks.delete(blocks.keys().next().value);
  }
  return (await block)[number % size];
}
