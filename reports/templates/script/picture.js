// The picture of an account, drawn as drawing.py draws those that stand in the page without the script.

// The page names no address, not even that of a namespace.
const SVG = new DOMParser().parseFromString("<svg></svg>", "text/html").querySelector("svg").namespaceURI;
const BOX_HEIGHT = 36;
const MARK_WIDTH = 60;
const BOX = ["x", "y", "width", "style", "rank", "row", "findings", "name", "about", "label", "note"];

function shape(tag, attributes, ...children) {
  const element = document.createElementNS(SVG, tag);
  Object.entries(attributes).forEach(([name, value]) => element.setAttribute(name, value));
  element.append(...children);
  return element;
}

function cut(text, shown) {
  return shown < 0 ? text : `${Array.from(text).slice(0, shown).join("")}…`;
}

// A text in an element of its own, which cuts it off at the edge of its box.
function clipped({ x, y }, width, kind, down, text) {
  return shape("svg", { x: x + 11, y, width, height: BOX_HEIGHT }, shape("text", { class: kind, y: down }, text));
}

function boxShape(all, values) {
  const box = Object.fromEntries(BOX.map((name, place) => [name, values[place]]));
  const { x, y, width, rank } = box;
  const severity = all.severities[rank] || "";
  const worst = severity ? `; ${counted(box.findings, "finding")}, worst ${severity}` : "";
  const room = width - 13;
  const group = shape("g", { class: `box ${box.style} ${severity}` }, shape("title", {}, `${box.name}: ${box.about}${worst}`),
    shape("rect", { x, y, width, height: BOX_HEIGHT, rx: 3 }));
  if (severity) {
    group.append(shape("rect", { class: "stripe", x, y, width: 5, height: BOX_HEIGHT }),
      shape("text", { class: "mark", x: x + width - 8, y: y + 15 }, severity.toUpperCase()));
  }
  group.append(clipped(box, severity ? room - MARK_WIDTH : room, "name", 15, cut(box.name, box.label)),
    clipped(box, room, "note", 29, cut(box.about, box.note)));
  return box.row < 0 ? group : shape("a", { href: `#f-${all.fingerprintOf(box.row)}` }, group);
}

function pictureShape(all, name, { width, height, lines, boxes }) {
  const paths = lines.flatMap(([path, style, arrow]) => [
    shape("path", { class: `line ${style}`, d: path }), ...(arrow ? [shape("path", { class: `arrow ${style}`, d: arrow })] : []),
  ]);
  return shape("svg", { class: "topology", viewBox: `0 0 ${width} ${height}`, width, height, role: "group", focusable: "false",
    "aria-label": `Topology of ${name}` }, ...paths, ...boxes.map((box) => boxShape(all, box)));
}
