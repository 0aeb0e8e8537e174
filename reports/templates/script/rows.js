// A list of any length of which only the rows in view are elements. All rows have one height.

const AROUND = 6;

class Rows {
  // `fill` puts a finding into a row's element, `open` is called with the finding that a reader chose.
  constructor(grid, fill, open) {
    this.grid = grid;
    this.space = grid.querySelector(".space");
    this.fill = fill;
    this.open = open;
    this.rows = new Uint32Array(0);
    this.active = 0;
    this.opened = -1;
    this.height = 1;
    this.drawn = new Map();
    grid.addEventListener("scroll", () => this.draw(), { passive: true });
    grid.addEventListener("keydown", (event) => this.onKey(event));
    grid.addEventListener("click", (event) => this.onClick(event));
    this.resize();
    new ResizeObserver(() => this.resize()).observe(grid);
  }

  show(rows) {
    this.rows = rows;
    this.active = this.opened < 0 ? 0 : Math.max(0, rows.indexOf(this.opened));
    this.grid.setAttribute("aria-rowcount", rows.length);
    this.clear();
    this.stretch();
    this.scrollTo(this.active);
    this.draw();
  }

  stretch() {
    this.space.style.height = `${this.height * this.rows.length}px`;
  }

  clear() {
    this.drawn.forEach((element) => element.remove());
    this.drawn.clear();
  }

  // The style sheet decides how high a row is, for it knows the reader's font and screen.
  resize() {
    const probe = make("div", { class: "row" });
    this.space.append(probe);
    const height = probe.getBoundingClientRect().height;
    probe.remove();
    if (height && height !== this.height) {
      const hadFocus = this.space.contains(document.activeElement);
      this.height = height;
      this.clear();
      this.stretch();
      this.draw();
      if (hadFocus) {
        this.elementAt(this.active).focus({ preventScroll: true });
      }
    }
    this.draw();
  }

  draw() {
    const first = Math.max(0, Math.floor(this.grid.scrollTop / this.height) - AROUND);
    const last = Math.min(this.rows.length, Math.ceil((this.grid.scrollTop + this.grid.clientHeight) / this.height) + AROUND);
    this.drawn.forEach((element, position) => {
      // The row that can be reached by Tab stays, for the focus would be lost with it.
      if ((position < first || position >= last) && position !== this.active) {
        element.remove();
        this.drawn.delete(position);
      }
    });
    for (let position = first; position < last; position += 1) {
      this.elementAt(position);
    }
    if (this.rows.length) {
      this.elementAt(this.active);
    }
  }

  elementAt(position) {
    let element = this.drawn.get(position);
    if (!element) {
      element = make("div", { role: "row", class: "row", "aria-rowindex": position + 1 });
      element.style.transform = `translateY(${position * this.height}px)`;
      this.fill(element, this.rows[position]);
      this.drawn.set(position, element);
      const after = Array.from(this.drawn.keys()).filter((other) => other > position);
      this.space.insertBefore(element, after.length ? this.drawn.get(Math.min(...after)) : null);
    }
    element.tabIndex = position === this.active ? 0 : -1;
    element.setAttribute("aria-selected", this.rows[position] === this.opened);
    return element;
  }

  move(position) {
    this.active = Math.min(Math.max(position, 0), this.rows.length - 1);
    this.scrollTo(this.active);
    this.draw();
    this.elementAt(this.active).focus({ preventScroll: true });
  }

  scrollTo(position) {
    const top = position * this.height;
    if (top < this.grid.scrollTop) {
      this.grid.scrollTop = top;
    } else if (top + this.height > this.grid.scrollTop + this.grid.clientHeight) {
      this.grid.scrollTop = top + this.height - this.grid.clientHeight;
    }
  }

  // Mark a finding as the one that is open, and bring it into view; tell whether it is in the list.
  reveal(row) {
    const position = this.rows.indexOf(row);
    this.opened = row;
    if (position >= 0) {
      this.active = position;
      this.scrollTo(position);
    }
    this.draw();
    return position >= 0;
  }

  onKey(event) {
    const page = Math.max(1, Math.floor(this.grid.clientHeight / this.height) - 1);
    const steps = {
      ArrowDown: this.active + 1, ArrowUp: this.active - 1, PageDown: this.active + page, PageUp: this.active - page,
      Home: 0, End: this.rows.length - 1,
    };
    if (event.altKey || event.ctrlKey || event.metaKey || !this.rows.length) {
      return;
    }
    if (event.key in steps) {
      event.preventDefault();
      this.move(steps[event.key]);
    } else if (event.key === "Enter" || event.key === " ") {
      event.preventDefault();
      this.open(this.rows[this.active]);
    }
  }

  onClick(event) {
    const element = event.target.closest(".row");
    if (element) {
      this.active = Number(element.getAttribute("aria-rowindex")) - 1;
      this.open(this.rows[this.active]);
    }
  }
}

function fillRow(all, element, row) {
  const severity = all.severityOf(row);
  const marks = [all.checkOf(row), all.accountNameOf(row)];
  if (all.cause[row] >= 0) {
    marks.push("explained by another");
  }
  if (all.accepted[row]) {
    marks.push("accepted");
  }
  if (all.changeOf(row)) {
    marks.push(all.changeOf(row));
  }
  element.classList.add(severity);
  element.append(
    make("span", { role: "gridcell", class: "of-severity" }, badge(severity)),
    make("span", { role: "gridcell", class: "of-finding" },
      make("span", { class: "words" }, all.message[row]), make("span", { class: "marks" }, marks.filter(Boolean).join(" · "))),
  );
}
