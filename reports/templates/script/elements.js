// Elements. A name of the tenant becomes a text node or an attribute's value, and is never read as markup.

function make(tag, attributes, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes || {})) {
    if (value !== null && value !== undefined && value !== false) {
      element.setAttribute(name, value === true ? "" : value);
    }
  }
  element.append(...children.filter((child) => child !== null && child !== undefined));
  return element;
}

function badge(severity) {
  return make("span", { class: `badge ${severity}` }, severity);
}

function quiet(text) {
  return make("span", { class: "quiet" }, text);
}

function counted(count, noun) {
  return `${count.toLocaleString("en")} ${noun}${count === 1 ? "" : "s"}`;
}

// A link to another part of the page; text alone where the page does not have that part.
function linkTo(id, text) {
  return document.getElementById(id) ? make("a", { href: `#${id}` }, text) : make("span", {}, text);
}

function identifier(text, what) {
  return make("span", { class: "copied" }, make("span", { class: "id" }, text), copyButton(text, what));
}

// Terms with what belongs to them; a description is a text or an element.
function terms(pairs, className) {
  const list = make("dl", { class: className });
  for (const [term, description] of pairs) {
    list.append(make("div", {}, make("dt", {}, term), make("dd", {}, description)));
  }
  return list;
}

function table(caption, headings, rows) {
  const head = make("tr", {}, ...headings.map((heading) => make("th", { scope: "col" }, heading)));
  const body = rows.map((cells) => make("tr", {}, ...cells.map((cell, column) => (
    column ? make("td", {}, cell) : make("th", { scope: "row" }, cell)
  ))));
  const whole = make("table", {}, make("caption", {}, caption), make("thead", {}, head), make("tbody", {}, ...body));
  return make("div", { class: "scroll", role: "region", "aria-label": caption, tabindex: "0" }, whole);
}
