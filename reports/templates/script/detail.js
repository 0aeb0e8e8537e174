// What the page shows of one finding.

const MOST_EFFECTS = 50;

// The words that marks in a finding's detail stand for begin with those of its index; its facts come after them.
function knownWords(all, row) {
  const parts = all.subjectOf(row).split("/");
  return [all.subjectOf(row), all.cause[row] < 0 ? "" : all.subjectOf(all.cause[row]), all.accountIdOf(row),
    ...parts.slice(2, 3), ...parts.filter((_, place) => place >= 4 && place % 2 === 0)];
}

async function detailOf(all, row) {
  const [block, place] = await blockOf("findings", row, all.size.rows);
  const words = knownWords(all, row);
  const shape = block.shape[place];
  const among = block.shape.slice(0, place).filter((other) => other === shape).length;
  const evidence = block.shapes[shape].map((name, column) => {
    words.push(worded(block.facts[shape][column][among], words));
    return [name, words.at(-1)];
  });
  const [steps, hurts, path, acceptance, declared] = worded(JSON.parse(block.rests[block.rest[place]]), words);
  const reads = worded(JSON.parse(block.behind[block.reads[place]]), words);
  return { evidence, steps, hurts, path, acceptance, declared, reads };
}

function findingLink(all, row) {
  return make("span", {}, badge(all.severityOf(row)), " ",
    make("a", { href: `#f-${all.fingerprintOf(row)}` }, all.message[row]));
}

function factOf(value) {
  if (value === null) {
    return quiet("not told");
  }
  if (Array.isArray(value)) {
    return value.length ? make("ul", {}, ...value.map((part) => make("li", {}, factOf(part)))) : quiet("none");
  }
  if (typeof value === "object") {
    const parts = Object.entries(value).flatMap(([name, part]) => [make("dt", {}, name), make("dd", {}, factOf(part))]);
    return parts.length ? make("dl", {}, ...parts) : quiet("none");
  }
  return value === "" ? quiet("empty") : value;
}

function part(title, ...content) {
  return make("section", { class: "part" }, make("h4", {}, title), ...content);
}

function stepsPart(steps) {
  const items = steps.map(([text, command, shell]) => (
    make("li", {}, text, command ? commandBlock(command, shell) : null)
  ));
  return steps.length ? part("What to do", make("ol", { class: "steps" }, ...items)) : null;
}

function evidencePart(evidence) {
  const rows = evidence.map(([name, value]) => (
    make("tr", {}, make("th", { scope: "row" }, name), make("td", {}, factOf(value)))
  ));
  return part("Evidence", make("table", { class: "evidence" }, make("tbody", {}, ...rows)));
}

function pathList(path) {
  const hops = path.map(([id, relation, name]) => make("li", {},
    make("span", { class: "id", title: id }, name || id.split("/").pop()), relation ? quiet(` ${relation.replaceAll("_", " ")}`) : null));
  return path.length ? make("ol", { class: "path", "aria-label": "The way over the graph to the cause" }, ...hops) : null;
}

function causePart(all, row, path) {
  const cause = all.cause[row];
  return cause < 0 ? null : part("Explained by", make("p", {}, findingLink(all, cause)), pathList(path));
}

function effectsPart(all, row) {
  const effects = all.effects.get(row) || [];
  const items = effects.slice(0, MOST_EFFECTS).map((effect) => make("li", {}, findingLink(all, effect)));
  const left = effects.length - items.length;
  return items.length
    ? part(`Explains ${counted(effects.length, "finding")}`, make("ul", { class: "plain" }, ...items),
      left ? make("p", {}, `and ${left.toLocaleString("en")} more`) : null)
    : null;
}

function hurtsPart(hurts) {
  if (!hurts) {
    return null;
  }
  const starts = make("ul", {}, ...hurts.starts.map((start) => make("li", {}, start)));
  return part("What it hurts", make("p", {}, hurts.says), hurts.title ? make("p", { class: "starts" }, hurts.title) : null,
    hurts.starts.length ? starts : null, hurts.more ? make("p", {}, hurts.more) : null);
}

function readsPart(all, row, reads) {
  const subject = all.subjectOf(row);
  const rows = reads.map(([operation, scope, moment, gap]) => [
    make("code", {}, all.operations[operation]),
    make("span", { class: "id" }, typeof scope === "number" ? subject.slice(0, scope) : scope),
    gap ? make("span", {}, make("strong", {}, "not answered"), ", ", linkTo(gap[0], gap[1]), ` at ${moment}, `,
      gap[2] ? make("span", {}, "request id ", make("code", {}, gap[2])) : quiet("no request id")) : `answered ${moment}`,
  ]);
  const title = `Reads behind it (${reads.length})`;
  return make("details", { class: "part" }, make("summary", {}, title),
    rows.length ? table("Reads that its check needs, at its place", ["Operation", "Scope", "Answer"], rows)
      : make("p", {}, "None of the reads that its check needs was planned at its place alone."));
}

function identityOf(all, row) {
  const account = all.account[row];
  const fingerprint = all.fingerprintOf(row);
  const address = `${location.href.split("#")[0]}#f-${fingerprint}`;
  const [subscription, name] = all.subscriptions[all.subscription[row]];
  const link = make("a", { href: `#${all.accountAnchors[account]}` }, all.accountNames[account] || "");
  return terms([
    ["Subject", identifier(all.subjectOf(row), "the subject's id")],
    ...(account < 0 ? [] : [["Account", make("span", {}, link, " ", identifier(all.accountIds[account], "the account's id"))]]),
    ["Subscription", name === subscription ? subscription : `${name}, ${subscription}`],
    ["Fingerprint", make("span", { class: "copied" }, make("a", { class: "print", href: `#f-${fingerprint}` }, fingerprint),
      copyButton(address, "the link to this finding"))],
  ], "ids");
}

function standing(all, row, declared) {
  const check = all.checkOf(row);
  const line = make("p", { class: "standing" }, badge(all.severityOf(row)), " ", linkTo(`check-${check}`, check));
  all.scenariosOf(row).forEach((id) => line.append(", ", linkTo(id, id)));
  if (declared) {
    line.append(quiet(`, ${declared} before the settings changed it`));
  }
  if (all.changeOf(row)) {
    line.append(quiet(`, ${all.changeOf(row)} beside the baseline`));
  }
  return line;
}

// Build the detail of a finding; `close` is what its button does.
async function detailElements(all, row, close) {
  const detail = await detailOf(all, row);
  const button = make("button", { type: "button", class: "close" }, "Close");
  button.addEventListener("click", close);
  return [
    make("div", { class: "detail-head" }, make("h3", { id: "detail-title", tabindex: "-1" }, all.message[row]), button),
    standing(all, row, detail.declared),
    identityOf(all, row),
    detail.acceptance ? part("Accepted risk", terms(Object.entries(detail.acceptance), "ids")) : null,
    causePart(all, row, detail.path),
    stepsPart(detail.steps),
    hurtsPart(detail.hurts),
    effectsPart(all, row),
    evidencePart(detail.evidence),
    readsPart(all, row, detail.reads),
  ].filter(Boolean);
}
