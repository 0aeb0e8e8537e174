// The place in the page that its address names: #findings?severity=high, #f-<fingerprint>, #account-<hash>.

function placeOf(hash) {
  const [name, query] = hash.slice(1).split(/\?(.*)/s);
  return { name, query };
}

function setPlace(name, query) {
  history.replaceState(null, "", `#${name}${query ? `?${query}` : ""}`);
}

class Explorer {
  constructor(all) {
    this.all = all;
    this.form = document.getElementById("filter");
    this.detail = document.getElementById("detail");
    this.rows = new Rows(document.getElementById("list"), (element, row) => fillRow(all, element, row), (row) => this.open(row));
    fillChoices(this.form, all);
    this.form.addEventListener("submit", (event) => event.preventDefault());
    this.form.addEventListener("input", (event) => {
      if (event.target === this.form.elements.account) {
        suggestAccounts(this.form, all);
      }
      this.change();
    });
    this.form.addEventListener("reset", (event) => {
      event.preventDefault();
      setQuery(this.form, "");
      this.change();
    });
    addEventListener("keydown", (event) => this.onKey(event));
  }

  // What a reader chose in the form becomes the list, and the address.
  change() {
    this.apply();
    setPlace("findings", queryOf(this.form));
  }

  apply() {
    const rows = selected(this.all, this.form);
    document.getElementById("list").hidden = !rows.length;
    document.getElementById("no-match").hidden = rows.length > 0;
    this.rows.show(rows);
    const whole = counted(this.all.count, "finding");
    this.form.querySelector("output").textContent = rows.length === this.all.count
      ? whole : `${rows.length.toLocaleString("en")} of ${whole}`;
  }

  // Open a finding; one that the filter hides is shown without it.
  async open(row) {
    if (!this.rows.reveal(row)) {
      setQuery(this.form, "");
      this.apply();
      this.rows.reveal(row);
    }
    setPlace(`f-${this.all.fingerprintOf(row)}`, queryOf(this.form));
    const elements = await detailElements(this.all, row, () => this.close());
    if (this.rows.opened !== row) {
      return;
    }
    this.detail.replaceChildren(...elements);
    this.detail.setAttribute("aria-labelledby", "detail-title");
    this.detail.hidden = false;
    this.detail.scrollTop = 0;
    document.getElementById("detail-title").focus({ preventScroll: true });
    this.detail.scrollIntoView({ block: "nearest" });
  }

  close() {
    this.detail.hidden = true;
    this.detail.replaceChildren();
    this.rows.opened = -1;
    setPlace("findings", queryOf(this.form));
    this.rows.move(this.rows.active);
  }

  // Go to a place inside the list; tell whether it is one.
  go({ name, query }) {
    const row = name.startsWith("f-") ? this.all.rowOf(name.slice("f-".length)) : -1;
    const isSeverity = this.all.severities.includes(name);
    if (name !== "findings" && !isSeverity && row < 0) {
      return false;
    }
    if (query !== undefined || isSeverity) {
      setQuery(this.form, isSeverity ? `severity=${name}` : query);
      this.apply();
    }
    if (row >= 0) {
      document.getElementById("list").scrollIntoView({ block: "nearest" });
      this.open(row);
    } else if (query !== undefined || isSeverity) {
      document.getElementById("findings").scrollIntoView();
    }
    return true;
  }

  onKey(event) {
    const isTyping = event.target.closest("input, select, textarea");
    if (event.key === "Escape" && !this.detail.hidden && !isTyping) {
      this.close();
    } else if (event.key === "/" && !isTyping && !event.ctrlKey && !event.metaKey && !event.altKey) {
      event.preventDefault();
      this.form.elements.q.focus();
    }
  }
}
