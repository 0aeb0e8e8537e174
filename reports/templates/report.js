"use strict";
(function () {
  const form = document.getElementById("filter");
  const findings = Array.from(document.querySelectorAll("article.finding"));
  const texts = new WeakMap();

  function textOf(finding) {
    if (!texts.has(finding)) {
      texts.set(finding, finding.textContent.toLowerCase());
    }
    return texts.get(finding);
  }

  function matches(finding, wanted) {
    const data = finding.dataset;
    return (!wanted.severity || data.severity === wanted.severity)
      && (!wanted.check || data.check === wanted.check)
      && (!wanted.account || data.account === wanted.account)
      && wanted.words.every((word) => textOf(finding).includes(word));
  }

  function hideEmpty(selector) {
    document.querySelectorAll(selector).forEach((part) => {
      part.hidden = !part.querySelector("article.finding:not([hidden])");
    });
  }

  function apply() {
    const wanted = {
      severity: form.elements.severity.value,
      check: form.elements.check.value,
      account: form.elements.account.value,
      words: form.elements.text.value.toLowerCase().split(/\s+/).filter(Boolean),
    };
    let shown = 0;
    findings.forEach((finding) => {
      finding.hidden = !matches(finding, wanted);
      shown += finding.hidden ? 0 : 1;
    });
    hideEmpty(".by-check");
    hideEmpty("section.severity");
    document.getElementById("no-match").hidden = shown > 0;
    form.querySelector("output").textContent = shown === findings.length
      ? `${shown} findings` : `${shown} of ${findings.length} findings`;
  }

  function prepareFilter() {
    let timer = 0;
    form.hidden = false;
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("change", apply);
    form.addEventListener("input", () => {
      clearTimeout(timer);
      timer = setTimeout(apply, 120);
    });
    form.addEventListener("reset", () => setTimeout(apply, 0));
    const all = form.querySelector("[data-all]");
    all.addEventListener("click", () => {
      const open = all.dataset.all === "open";
      document.querySelectorAll("article.finding details").forEach((part) => { part.open = open; });
      all.dataset.all = open ? "close" : "open";
      all.textContent = open ? "Collapse all" : "Expand all";
    });
  }

  // A link to a finding must show it: the filter may hide it, and a closed part may hold the target.
  function reveal() {
    const target = location.hash.length > 1 ? document.getElementById(location.hash.slice(1)) : null;
    if (!target) {
      return;
    }
    if (form && target.closest("[hidden]")) {
      form.reset();
      setTimeout(() => target.scrollIntoView(), 20);
    }
  }

  function copy(text, button) {
    const done = () => {
      button.textContent = "Copied";
      setTimeout(() => { button.textContent = "Copy"; }, 1500);
    };
    const failed = () => { button.textContent = "Select and copy"; };
    if (navigator.clipboard) {
      navigator.clipboard.writeText(text).then(done, failed);
    } else {
      failed();
    }
  }

  // Buttons are made when a part is opened, so that a page with thousands of commands starts at once.
  function addButtons(part) {
    part.querySelectorAll("pre:not(.ready)").forEach((block) => {
      const button = document.createElement("button");
      button.type = "button";
      button.className = "copy";
      button.textContent = "Copy";
      button.setAttribute("aria-label", "Copy this command");
      button.addEventListener("click", () => copy(block.querySelector("code").textContent, button));
      block.classList.add("ready");
      block.append(button);
    });
  }

  document.addEventListener("toggle", (event) => {
    if (event.target.open) {
      addButtons(event.target);
    }
  }, true);
  addEventListener("hashchange", reveal);
  if (form) {
    prepareFilter();
    apply();
  }
  reveal();
}());
