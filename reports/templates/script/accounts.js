// The page of one account, and the way to it.

const MOST_MATCHES = 12;
const MOST_FINDINGS = 100;

class Accounts {
  constructor(all, root) {
    this.all = all;
    this.form = root.querySelector("form");
    this.matches = root.querySelector(".matches");
    this.page = root.querySelector(".account-page");
    this.rows = Array.from(all.accountIds, () => []);
    all.account.forEach((account, row) => account >= 0 && this.rows[account].push(row));
    this.worst = this.rows.map((rows) => rows.reduce((worst, row) => Math.min(worst, all.severity[row]), all.severities.length));
    this.order = Array.from(all.accountIds.keys()).sort((one, other) => (
      this.worst[one] - this.worst[other] || this.rows[other].length - this.rows[one].length || one - other
    ));
    this.form.addEventListener("input", () => this.suggest());
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.matches.querySelector("a")?.click();
    });
    this.suggest();
    root.hidden = !all.accountIds.length;
  }

  suggest() {
    const words = wordsOf(this.form.elements.name.value);
    const found = this.order.filter((account) => {
      const text = `${this.all.accountNames[account]} ${this.all.accountIds[account]}`.toLowerCase();
      return words.every((word) => text.includes(word));
    });
    this.matches.replaceChildren(...found.slice(0, MOST_MATCHES).map((account) => make("li", {}, this.linkOf(account))));
    const more = found.length > MOST_MATCHES ? `, the first ${MOST_MATCHES} shown` : "";
    this.form.querySelector("output").textContent = `${counted(found.length, "account")}${more}`;
  }

  linkOf(account) {
    const count = this.rows[account].length;
    const group = this.all.accountIds[account].split("/")[4] || "";
    return make("a", { href: `#${this.all.accountAnchors[account]}` }, make("strong", {}, this.all.accountNames[account]), " ",
      quiet(group), " ", count ? badge(this.all.severities[this.worst[account]]) : null, ` ${counted(count, "finding")}`);
  }

  // Show the account of an anchor; tell whether there is one.
  async open(anchor) {
    const account = this.all.accountAnchors.indexOf(anchor);
    if (account < 0) {
      return false;
    }
    const [pages, place] = await blockOf("accounts", account, this.all.size.accounts);
    this.page.replaceChildren(...this.elements(account, pages[place]).filter(Boolean));
    this.page.setAttribute("aria-labelledby", "account-title");
    this.page.hidden = false;
    this.page.scrollIntoView();
    this.page.focus({ preventScroll: true });
    return true;
  }

  elements(account, page) {
    const id = this.all.accountIds[account];
    return [
      make("h3", { id: "account-title" }, this.all.accountNames[account]),
      terms([["Id", identifier(id, "the account's id")], ...Object.entries(page.about)], "ids"),
      page.picture ? this.picture(account, page.picture) : null,
      this.findings(account, id),
      this.groups(page.groups || []),
      this.unknowns(id, page.unknowns || []),
      this.gaps(page.gaps || []),
    ];
  }

  picture(account, picture) {
    const name = this.all.accountNames[account];
    return make("div", { class: "scroll", role: "region", "aria-label": `Picture of ${name}`, tabindex: "0" },
      pictureShape(this.all, name, picture));
  }

  findings(account, id) {
    const rows = this.rows[account].toSorted((one, other) => this.all.severity[one] - this.all.severity[other]);
    const items = rows.slice(0, MOST_FINDINGS).map((row) => make("li", {}, findingLink(this.all, row)));
    const query = new URLSearchParams({ account: id });
    return part(counted(rows.length, "finding"), make("ul", { class: "plain" }, ...items),
      rows.length ? make("p", {}, make("a", { href: `#findings?${query}` }, "Show them in the list")) : null);
  }

  groups(groups) {
    const items = groups.map(([name, kind, seen, workers]) => {
      const rows = workers.map(([worker, platform, ping]) => [worker, platform, ping]);
      return make("details", {}, make("summary", {}, make("strong", {}, name), quiet(` ${kind}, workers: ${seen}`)),
        rows.length ? table(`Workers of ${name}`, ["Worker", "Platform", "Ping"], rows) : make("p", {}, "No worker was seen."));
    });
    return items.length ? part(counted(groups.length, "worker group"), ...items) : null;
  }

  unknowns(id, unknowns) {
    const rows = unknowns.map(([check, subject, because, gap]) => [
      linkTo(`check-${check}`, check), make("span", { class: "id" }, subject.replace(/^~/, () => id)), gap ? linkTo(gap, because) : because,
    ]);
    return rows.length ? part("No verdict", table("Checks without a verdict here", ["Check", "Subject", "Because"], rows)) : null;
  }

  gaps(gaps) {
    const rows = gaps.map(([id, operation, scope, reason, request]) => [
      make("code", {}, this.all.operations[operation]), make("span", { class: "id" }, scope), linkTo(id, reason),
      request ? make("code", {}, request) : quiet("none"),
    ]);
    return rows.length
      ? part("Not seen", table("Reads that were not answered", ["Operation", "Scope", "Reason", "Request id"], rows)) : null;
  }
}
