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

// The block of `kind` that has an item, where each block has `size` of them, and the item's place in it.
async function blockOf(kind, number, size) {
  const name = `${kind}-${Math.floor(number / size)}`;
  const block = blocks.get(name) || unpacked(name);
  blocks.delete(name);
  blocks.set(name, block);
  if (blocks.size > KEPT_BLOCKS) {
    blocks.delete(blocks.keys().next().value);
  }
  return [await block, number % size];
}

// A mark stands for a word: two of the 32 C1 controls, which no name has as they are.
const MARK = /[\x80-\x9f]{2}/g;

// A value with its words in the place of the marks, in the names of its fields too.
function worded(value, words) {
  if (typeof value === "string") {
    return value.replace(MARK, (mark) => words[(mark.charCodeAt(0) - 0x80) * 32 + mark.charCodeAt(1) - 0x80]);
  }
  if (Array.isArray(value)) {
    return value.map((part) => worded(part, words));
  }
  return value !== null && typeof value === "object"
    ? Object.fromEntries(Object.entries(value).map(([name, part]) => [worded(name, words), worded(part, words)])) : value;
}
