// Which findings a reader wants to see.

const CHOICES = ["q", "check", "subscription", "account", "scenario", "status", "change", "part", "order"];

function option(value, text) {
  return make("option", { value }, text);
}

function fillChoices(form, all) {
  const counts = (column, size) => {
    const found = new Uint32Array(size);
    column.forEach((value) => { found[value] += 1; });
    return found;
  };
  const ofSeverity = counts(all.severity, all.severities.length);
  all.severities.forEach((severity, rank) => {
    if (ofSeverity[rank]) {
      const box = make("input", { type: "checkbox", name: "severity", value: severity });
      form.querySelector(".choices").append(make("label", {}, box, ` ${severity} `, quiet(ofSeverity[rank].toLocaleString("en"))));
    }
  });
  const ofCheck = counts(all.check, all.checks.length);
  all.checks.forEach(([id], number) => {
    if (ofCheck[number]) {
      form.elements.check.append(option(id, `${id} (${ofCheck[number].toLocaleString("en")})`));
    }
  });
  const ofSubscription = counts(all.subscription, all.subscriptions.length);
  all.subscriptions.forEach(([id, name], number) => {
    if (ofSubscription[number]) {
      form.elements.subscription.append(option(id, name === id ? id : `${name}, ${id}`));
    }
  });
  const found = new Set(all.scenarioSets.flat());
  Object.entries(all.scenarioTitles).filter(([id]) => found.has(id)).forEach(([id, title]) => {
    form.elements.scenario.append(option(id, `${id} ${title}`));
  });
  all.changes.forEach((change) => form.elements.change.append(option(change, change)));
  form.elements.change.closest("label").hidden = !all.changes.length;
  form.elements.status.closest("label").hidden = !all.accepted.includes(1);
}

function suggestAccounts(form, all) {
  const wanted = form.elements.account.value.toLowerCase();
  const names = new Set();
  for (const name of all.accountNames) {
    if (name.toLowerCase().includes(wanted) && names.add(name).size === 20) {
      break;
    }
  }
  document.getElementById("account-names").replaceChildren(...Array.from(names, (name) => option(name, name)));
}

function queryOf(form) {
  const query = new URLSearchParams();
  form.querySelectorAll("input[name=severity]:checked").forEach((box) => query.append("severity", box.value));
  CHOICES.filter((name) => form.elements[name].value).forEach((name) => query.set(name, form.elements[name].value));
  return query.toString();
}

function setQuery(form, text) {
  const query = new URLSearchParams(text);
  const severities = query.getAll("severity").flatMap((value) => value.split(","));
  form.querySelectorAll("input[name=severity]").forEach((box) => { box.checked = severities.includes(box.value); });
  CHOICES.forEach((name) => { form.elements[name].value = query.get(name) || ""; });
}

// The cheap tests stand first.
function testsOf(all, form) {
  const value = (name) => form.elements[name].value;
  const tests = [];
  const severities = flagsOf(all.severities, (severity) => form.querySelector(`input[name=severity][value=${severity}]:checked`));
  if (severities.includes(1)) {
    tests.push((row) => severities[all.severity[row]] === 1);
  }
  if (value("check")) {
    const wanted = all.checks.findIndex(([id]) => id === value("check"));
    tests.push((row) => all.check[row] === wanted);
  }
  if (value("subscription")) {
    const wanted = all.subscriptions.findIndex(([id]) => id === value("subscription"));
    tests.push((row) => all.subscription[row] === wanted);
  }
  if (value("account")) {
    const name = value("account").toLowerCase();
    const wanted = flagsOf(all.search.accounts, (names) => names.includes(name));
    tests.push((row) => wanted[all.account[row]] === 1);
  }
  if (value("scenario")) {
    const wanted = flagsOf(all.scenarioSets, (set) => set.includes(value("scenario")));
    tests.push((row) => wanted[all.scenarios[row]] === 1);
  }
  if (value("status")) {
    const wanted = value("status") === "accepted" ? 1 : 0;
    tests.push((row) => all.accepted[row] === wanted);
  }
  if (value("change")) {
    tests.push((row) => all.change[row] === value("change"));
  }
  const words = wordsOf(value("q")).map((word) => all.search.rowsWith(word));
  return [...tests, ...partTests(all, value("part")), ...words.map((rows) => (row) => rows[row] === 1)];
}

function partTests(all, part) {
  const tests = {
    cause: (row) => all.effects.has(row),
    effect: (row) => all.cause[row] >= 0,
    alone: (row) => all.cause[row] < 0 && !all.effects.has(row),
  };
  return part ? [tests[part]] : [];
}

function wordsOf(text) {
  return text.toLowerCase().split(/\s+/).filter(Boolean);
}

// The rows that pass every test, in the order that the form asks for.
function selected(all, form) {
  const order = all.ordered(form.elements.order.value);
  const tests = testsOf(all, form);
  if (!tests.length) {
    return order;
  }
  const rows = new Uint32Array(order.length);
  let count = 0;
  for (let place = 0; place < order.length; place += 1) {
    const row = order[place];
    if (tests.every((test) => test(row))) {
      rows[count] = row;
      count += 1;
    }
  }
  return rows.subarray(0, count);
}
