
(function () {
  "use strict";
  var byId = function (id) { return document.getElementById(id); };
  var D = JSON.parse(byId("data").textContent);

  // ---- numbers: every draw of every outcome at every setting and year --------------------------------

  var N = (function () {
    var text = atob(byId("numbers").textContent.trim()), out = new Uint16Array(text.length / 2);
    for (var i = 0; i < out.length; i++) out[i] = text.charCodeAt(2 * i) | (text.charCodeAt(2 * i + 1) << 8);
    return out;
  })();
  var YEARS = D.years, Y = YEARS.length, R = D.futures * D.draws, NOTHING = 65535;

  function at(m, i) {
    var q = N[m.at + i];
    return q === NOTHING ? NaN : m.least + m.step * q;
  }

  /** Values of one outcome in all runs of a setting and year. */
  function runs(m, setting, year) {
    var out = new Array(R), begin = (setting * Y + year) * R, by = m.perYear ? YEARS[year] - D.baseYear : 1;
    for (var r = 0; r < R; r++) out[r] = by ? at(m, begin + r) / by : NaN;
    return out;
  }

  function finite(values) { return values.filter(function (v) { return isFinite(v); }); }
  function mean(values) { return values.reduce(function (a, b) { return a + b; }, 0) / values.length; }
  function sd(values) {
    var m = mean(values), s = 0;
    values.forEach(function (v) { s += (v - m) * (v - m); });
    return Math.sqrt(s / (values.length - 1));
  }

  /** 97.5th percentile of Student's t. */
  function t975(df) {
    var last = D.t.length - 1, x = last / Math.max(df, 1), i = Math.min(Math.floor(x), last - 1), f = x - i;
    return Math.exp(Math.log(D.t[i]) * (1 - f) + Math.log(D.t[i + 1]) * f);
  }

  function interval(values) {
    var n = 0, sum = 0, square = 0, i;
    for (i = 0; i < values.length; i++) if (values[i] === values[i]) { n += 1; sum += values[i]; }
    if (!n) return { mean: NaN, low: NaN, high: NaN, n: 0 };
    var m = sum / n;
    if (n === 1) return { mean: m, low: NaN, high: NaN, n: 1 };
    for (i = 0; i < values.length; i++) if (values[i] === values[i]) square += (values[i] - m) * (values[i] - m);
    var half = t975(n - 1) * Math.sqrt(square / (n - 1) / n);
    return { mean: m, low: m - half, high: m + half, n: n };
  }

  /** Interval of a mean over futures crossed with draws: a two-way layout of random effects. */
  function crossed(values) {
    if (D.futures === 1 || D.draws === 1) return interval(values);
    var F = D.futures, K = D.draws, f, k, used = [], rows = [];
    for (k = 0; k < K; k++) for (f = 0; f < F; f++) if (values[f * K + k] === values[f * K + k]) { used.push(k); break; }
    for (f = 0; f < F; f++) {
      for (k = 0; k < used.length && values[f * K + used[k]] === values[f * K + used[k]]; k++);
      if (used.length && k === used.length) rows.push(f);
    }
    var known = finite(values), nf = rows.length, nd = used.length;
    if (nf * nd * 2 < known.length || !nf || !nd) {
      // Draws of their own for every setting, or many failures: what is left counts by futures.
      var each = [];
      for (f = 0; f < F; f++) {
        var mine = finite(values.slice(f * K, f * K + K));
        if (mine.length) each.push(mean(mine));
      }
      var found = interval(each.length > 1 ? each : known), all = known.length ? mean(known) : NaN, wide = found.high - found.mean;
      return { mean: all, low: all - wide, high: all + wide, n: known.length };
    }
    if (nf === 1 || nd === 1) {
      var flat = [];
      rows.forEach(function (row) { used.forEach(function (j) { flat.push(values[row * K + j]); }); });
      return interval(flat);
    }
    var middle = 0, a = new Array(nf), b = new Array(nd), i, j;
    for (j = 0; j < nd; j++) b[j] = 0;
    for (i = 0; i < nf; i++) {
      a[i] = 0;
      for (j = 0; j < nd; j++) { var v = values[rows[i] * K + used[j]]; a[i] += v / nd; b[j] += v / nf; }
      middle += a[i] / nf;
    }
    var ssF = 0, ssD = 0, ssR = 0;
    for (i = 0; i < nf; i++) {
      ssF += (a[i] - middle) * (a[i] - middle);
      for (j = 0; j < nd; j++) { var e = values[rows[i] * K + used[j]] - a[i] - b[j] + middle; ssR += e * e; }
    }
    for (j = 0; j < nd; j++) ssD += (b[j] - middle) * (b[j] - middle);
    var df = [nf - 1, nd - 1, (nf - 1) * (nd - 1)], sq = [nd * ssF / df[0], nf * ssD / df[1], ssR / df[2]];
    var variance = sq[0] + sq[1] - sq[2], freedom;
    // A negative estimate says that nothing beyond the rest is seen.
    if (variance <= sq[2]) { variance = sq[2]; freedom = df[2]; } else {
      freedom = variance * variance / Math.max(sq[0] * sq[0] / df[0] + sq[1] * sq[1] / df[1] + sq[2] * sq[2] / df[2], 1e-300);
    }
    var half = t975(Math.max(freedom, 1)) * Math.sqrt(variance / (nf * nd));
    return { mean: middle, low: middle - half, high: middle + half, n: nf * nd };
  }

  /** Range in which one run falls. */
  function spread(values, m) {
    var known = finite(values), n = known.length;
    if (n < 2) return interval(known);
    var middle = mean(known), low, high;
    if (n >= D.enough) {
      known.sort(function (x, y) { return x - y; });
      var q = function (p) { var h = (n - 1) * p, i = Math.floor(h); return known[i] + (h - i) * ((i + 1 < n ? known[i + 1] : known[i]) - known[i]); };
      low = q(0.025); high = q(0.975);
    } else {
      var half = t975(n - 1) * sd(known) * Math.sqrt(1 + 1 / n);
      low = middle - half; high = middle + half;
      if (m.low !== null) low = Math.max(low, Math.min(m.low, middle));
      if (m.high !== null) high = Math.min(high, Math.max(m.high, middle));
    }
    return { mean: middle, low: low, high: high, n: n };
  }

  /** Mean and range of a run of what is only shown by itself. */
  function ranged(m, setting, year) {
    var i = (setting * Y + year) * 3;
    return { mean: at(m, i), low: at(m, i + 1), high: at(m, i + 2) };
  }

  /** Difference of two settings, run by run: both met the same people and the same lots. */
  function difference(m, setting, other, year) {
    var a = m.at + (setting * Y + year) * R, b = m.at + (other * Y + year) * R, out = new Array(R);
    var by = m.perYear ? YEARS[year] - D.baseYear : 1, scale = by ? m.step / by : NaN;
    for (var r = 0; r < R; r++) out[r] = N[a + r] === NOTHING || N[b + r] === NOTHING ? NaN : scale * (N[a + r] - N[b + r]);
    return crossed(out);
  }

  function wilson(k, n) {
    var z = 1.959964, p = k / n, d = 1 + z * z / n, c = (p + z * z / (2 * n)) / d;
    var h = z * Math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / d;
    return [Math.max(0, c - h), Math.min(1, c + h)];
  }

  // ---- where the reader is -----------------------------------------------------------------------------

  var S = { mode: 0, levers: [], year: Y - 1, card: 0, stage: Object.keys(D.stages)[0] || "", pin: null, against: "base", lang: D.lang };

  function settingOf(mode, levers) {
    var found = mode;
    D.levers.forEach(function (lever, i) { found = found * lever.labels.length + levers[i]; });
    return found + 1;
  }
  function now() { return settingOf(S.mode, S.levers); }
  function reference() { return S.against === "pin" && S.pin ? settingOf(S.pin.mode, S.pin.levers) : 0; }
  function asWritten(mode) {
    return D.levers.map(function (lever) {
      var own = lever.own[mode];
      return own && own.at >= 0 ? own.at : Math.floor((lever.labels.length - 1) / 2);
    });
  }
  S.levers = asWritten(0);

  function writeHash() {
    var parts = [S.lang, D.policies[S.mode].key, S.levers.join("."), YEARS[S.year], D.cards[S.card].key];
    if (S.pin) parts.push(D.policies[S.pin.mode].key + "~" + S.pin.levers.join(".") + (S.against === "pin" ? "!" : ""));
    try { history.replaceState(null, "", "#" + parts.join("/")); } catch (error) { /* an address that cannot be changed: the page works without */ }
  }

  function readHash() {
    var parts;
    try { parts = decodeURIComponent(location.hash.slice(1)).split("/"); } catch (error) { return; }
    if (parts[0] === "zh" || parts[0] === "en") S.lang = parts[0];
    if (parts.length < 5) return;
    var place = function (list, key, name) { for (var i = 0; i < list.length; i++) if (list[i][name] === key) return i; return -1; };
    var levers = function (text) {
      var found = text ? text.split(".").map(Number) : [];
      return found.length === D.levers.length && found.every(function (v, i) { return v >= 0 && v < D.levers[i].labels.length && v === Math.floor(v); }) ? found : null;
    };
    var mode = place(D.policies, parts[1], "key"), mine = levers(parts[2]), year = YEARS.indexOf(Number(parts[3])), card = place(D.cards, parts[4], "key");
    if (mode >= 0) S.mode = mode;
    if (mine) S.levers = mine;
    if (year > 0) S.year = year;
    if (card >= 0) S.card = card;
    if (parts[5]) {
      var against = parts[5].slice(-1) === "!", pin = parts[5].replace("!", "").split("~"), pinMode = place(D.policies, pin[0], "key"), pinLevers = levers(pin[1] || "");
      if (pinMode >= 0 && pinLevers) { S.pin = { mode: pinMode, levers: pinLevers }; S.against = against ? "pin" : "base"; }
    }
  }

  // ---- words and numbers as a reader sees them -----------------------------------------------------------

  function side() { return S.lang === "zh" ? 0 : 1; }
  function w(key, values) {
    var both = D.words[key];
    if (!both) return key;
    return both[side()].replace(/\{(\w+)\}/g, function (all, name) { return values && name in values ? values[name] : all; });
  }
  function esc(text) { return String(text).replace(/[&<>"]/g, function (c) { return { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;" }[c]; }); }
  function commas(text) { return text.replace(/\B(?=(\d{3})+(?!\d))/g, ","); }
  function fixed(x, digits) {
    var text = Math.abs(x).toFixed(digits), parts = text.split(".");
    return (x < 0 && Number(text) !== 0 ? "−" : "") + commas(parts[0]) + (parts[1] ? "." + parts[1] : "");
  }

  /** How numbers of one unit and size are written: {n: plain, u: with unit}; ends of an interval share it. */
  function writer(unit, isChange, size, one) {
    var by = 1, digits = 2, form = "unit." + unit;
    if (unit === "sd") digits = isChange && size < 0.1 ? 3 : 2;
    if (unit === "share") { by = 0.01; digits = isChange && size < 0.002 ? 2 : 1; form = isChange ? "unit.points" : "unit.share"; }
    if (unit === "persons" || unit === "schools") digits = 1;
    if (unit === "money") {
      var large = size >= (side() ? 1e6 : 1e8);
      form = large ? "unit.large" : "unit.small";
      by = large ? (side() ? 1e6 : 1e8) : (side() ? 1e3 : 1e4);
      digits = size / by >= 100 ? 0 : size / by >= 10 ? 1 : 2;
    }
    // An end must not be rounded to nil: the reader sees whether the interval holds it.
    if (one && isFinite(one.low) && !nil(one)) {
      var near = Math.min(Math.abs(one.low), Math.abs(one.high)) / by;
      for (var k = 0; k < 2 && Number(near.toFixed(digits)) === 0; k++) digits += 1;
    }
    var n = function (x) { return x === 0 && unit === "money" ? "0" : fixed(x / by, digits); };
    return { n: n, u: function (x) { return x === 0 && unit === "money" ? w("unit.zero") : w(form, { n: n(x) }); } };
  }
  function level(m, x) { return isFinite(x) ? writer(m.unit, false, Math.abs(x)).u(x) : "–"; }
  function largest(one) { return Math.max(Math.abs(one.mean), isFinite(one.low) ? Math.abs(one.low) : 0, isFinite(one.high) ? Math.abs(one.high) : 0); }
  function nil(one) { return one.n > 0 && Math.abs(one.mean) < 1e-12 && !(Math.abs(one.high - one.low) > 1e-12); }
  function clear(one) { return isFinite(one.low) && (one.low > 0 || one.high < 0); }
  function kindOf(one) {
    if (!one.n || !isFinite(one.mean)) return "unknown";
    if (nil(one)) return "same";
    if (!isFinite(one.low)) return "single";
    return clear(one) ? (one.mean < 0 ? "falls" : "rises") : "open";
  }
  function name(m) { return w("name." + m.key); }
  function inside(m) { return D.words["inside." + m.key] ? w("inside." + m.key) : name(m); }
  function changeSentence(m, one) {
    var kind = kindOf(one), write = writer(m.unit, true, largest(one), one), turn = kind === "falls" ? -1 : 1;
    var low = write.n(turn * (turn < 0 ? one.high : one.low)), high = write.n(turn * (turn < 0 ? one.low : one.high));
    // A sum that hardly varies between draws has no interval worth reading.
    var ends = kind === "unknown" || kind === "same" || kind === "single" || (kind !== "open" && low === high) ? "" : w("ends", { low: low, high: high });
    return w(kind, { name: inside(m), value: isFinite(one.mean) ? write.u(kind === "single" ? one.mean : Math.abs(one.mean)) : "", ends: ends });
  }
  function modeName(i) { return D.policies[i].name[side()]; }
  /** A name inside an English sentence loses its capital. */
  function insideName(text) { return side() ? text.charAt(0).toLowerCase() + text.slice(1) : text; }
  function planName(mode, levers) {
    return modeName(mode) + D.levers.map(function (lever, i) { return w("plan_lever", { name: insideName(lever.name[side()]), value: lever.labels[levers[i]][side()] }); }).join("");
  }
  function referenceName() { return reference() ? planName(S.pin.mode, S.pin.levers) : D.baseline.name[side()]; }
  function card() { return D.cards[S.card]; }
  function colour() { return D.policies[S.mode].colour; }

  // ---- what stays the same whatever the reader moves: scales --------------------------------------------

  var kept = {};
  function once(key, make) {
    if (!(key in kept)) kept[key] = make();
    return kept[key];
  }
  /** Largest and least end of all differences of an outcome in a year (or all years): the scale stays while levers move. */
  function reach(c, year) {
    var m = D.cards[c], other = reference();
    return once(["reach", c, year, other].join(), function () {
      var low = 0, high = 0;
      for (var s = 1; s < D.settings; s++) for (var y = year < 0 ? 1 : year; y <= (year < 0 ? Y - 1 : year); y++) {
        var one = difference(m, s, other, y);
        [one.mean, one.low, one.high].forEach(function (v) { if (isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); } });
      }
      return [low, high];
    });
  }
  function levelsReach(m) {
    return once("levels" + m.key, function () {
      var low = Infinity, high = -Infinity;
      for (var s = 0; s < D.settings; s++) for (var y = 0; y < Y; y++) {
        var one = spread(runs(m, s, y), m);
        [one.mean, one.low, one.high].forEach(function (v) { if (isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); } });
      }
      return low <= high ? [low, high] : [0, 1];
    });
  }

  // ---- drawing ---------------------------------------------------------------------------------------------

  function svg(width, height, label, content) {
    return '<svg viewBox="0 0 ' + width + " " + height + '" width="' + width + '" height="' + height + '"' +
      (label ? ' role="img" aria-label="' + esc(label) + '"' : ' aria-hidden="true"') + ">" + content + "</svg>";
  }
  function line(x1, y1, x2, y2, cls, more) { return '<line x1="' + r(x1) + '" y1="' + r(y1) + '" x2="' + r(x2) + '" y2="' + r(y2) + '" class="' + cls + '"' + (more || "") + "/>"; }
  function text(x, y, content, cls, anchor) { return '<text x="' + r(x) + '" y="' + r(y) + '" class="' + cls + '" text-anchor="' + (anchor || "start") + '">' + esc(content) + "</text>"; }
  function r(v) { return Math.round(v * 10) / 10; }
  function polyline(points) { return points.map(function (p, i) { return (i ? "L" : "M") + r(p[0]) + " " + r(p[1]); }).join(""); }
  function band(points, cls, more) {
    if (points.length < 2) return "";
    var d = polyline(points.map(function (p) { return [p[0], p[1]]; })) + points.slice().reverse().map(function (p) { return "L" + r(p[0]) + " " + r(p[2]); }).join("") + "Z";
    return '<path d="' + d + '" class="' + cls + '"' + (more || "") + "/>";
  }
  function mark(kind, x, y, size, fill, stroke) {
    var s = size, more = ' fill="' + fill + '" stroke="' + stroke + '" stroke-width="1.8"', p = function (d) { return '<path d="' + d + '"' + more + "/>"; };
    x = r(x); y = r(y);
    if (kind === "diamond") return p("M" + x + " " + (y - s * 1.2) + "l" + s * 1.2 + " " + s * 1.2 + "l" + -s * 1.2 + " " + s * 1.2 + "l" + -s * 1.2 + " " + -s * 1.2 + "Z");
    if (kind === "square") return '<rect x="' + (x - s) + '" y="' + (y - s) + '" width="' + 2 * s + '" height="' + 2 * s + '"' + more + "/>";
    if (kind === "up") return p("M" + x + " " + (y - s * 1.2) + "l" + s * 1.2 + " " + s * 2.1 + "h" + -s * 2.4 + "Z");
    if (kind === "down") return p("M" + x + " " + (y + s * 1.2) + "l" + s * 1.2 + " " + -s * 2.1 + "h" + -s * 2.4 + "Z");
    return '<circle cx="' + x + '" cy="' + y + '" r="' + s + '"' + more + "/>";
  }
  function ticks(low, high, most) {
    var raw = (high - low) / most, power = Math.pow(10, Math.floor(Math.log(raw) / Math.LN10)), step = [1, 2, 2.5, 5, 10].map(function (k) { return k * power; })
      .filter(function (k) { return k >= raw; })[0] || raw, out = [];
    for (var v = Math.ceil(low / step - 1e-9) * step; v <= high + step * 1e-9; v += step) out.push(Math.abs(v) < step * 1e-6 ? 0 : v);
    return { values: out, step: step };
  }
  function tickWriter(m, isChange, found) {
    var by = m.unit === "share" ? 0.01 : m.unit === "money" ? moneyBy(found) : 1, step = found.step / by, digits = Math.max(0, Math.min(4, Math.ceil(-Math.log(step) / Math.LN10 - 1e-9)));
    if (Math.abs(step * Math.pow(10, digits) - Math.round(step * Math.pow(10, digits))) > 1e-6) digits += 1;
    return function (v) { return fixed(v / by, digits) + (m.unit === "share" && !isChange ? "%" : ""); };
  }
  function moneyBy(found) {
    var most = Math.max.apply(null, found.values.map(Math.abs));
    return side() ? (most >= 1e6 ? 1e6 : 1e3) : (most >= 1e8 ? 1e8 : 1e4);
  }
  function unitOf(m, isChange, found) {
    if (m.unit === "money") return w(moneyBy(found) >= (side() ? 1e6 : 1e8) ? "unit.large" : "unit.small", { n: "" }).trim();
    return w("unit." + (m.unit === "share" ? (isChange ? "points" : "share") : m.unit), { n: "" }).trim();
  }
  function padded(range, share) {
    var room = (range[1] - range[0]) * share || Math.abs(range[1]) * 0.1 || 1;
    return [range[0] - room, range[1] + room];
  }
  /** Widths are read once and after a change of the window: reading them between writes would lay the page out again each time. */
  var widths = {};
  function widthOf(id) {
    if (!widths[id]) widths[id] = Math.max(240, Math.floor(byId(id).clientWidth) || 640);
    return widths[id];
  }

  function signed(write, x) { return (x > 0 ? "+" : "") + write.u(x); }

  function drawCards() {
    var other = reference(), mine = now(), html = "";
    D.cards.forEach(function (m, i) {
      var one = difference(m, mine, other, S.year), own = crossed(runs(m, mine, S.year)), base = crossed(runs(m, other, S.year));
      var kind = kindOf(one), write = writer(m.unit, true, largest(one), one), range = reach(i, S.year), most = Math.max(-range[0], range[1]) || 1;
      var x = function (v) { return 100 + 92 * v / most; }, bar = line(100, 1, 100, 17, "zero");
      if (isFinite(one.low)) bar += '<rect x="' + r(x(one.low)) + '" y="5.5" width="' + Math.max(2, r(x(one.high) - x(one.low))) + '" height="7" rx="2" fill="' + (clear(one) ? colour() : "#b4bbc3") + '"/>';
      if (isFinite(one.mean)) bar += line(x(one.mean), 3, x(one.mean), 15, "point", ' stroke="#1f2933" stroke-width="2"');
      var change = kind === "open" ? w("card_open") : kind === "same" ? w("card_same") : kind === "unknown" ? w("card_none") :
        kind === "single" ? w("card_single") + " " + write.u(one.mean) : (one.mean < 0 ? "▼ " : "▲ ") + signed(write, one.mean);
      var ends = kind === "open" || ((kind === "falls" || kind === "rises") && write.n(one.low) !== write.n(one.high)) ? w("ends_short", { low: write.n(one.low), high: write.n(one.high) }) : "";
      html += '<button type="button" class="card" data-card="' + i + '" data-key="' + m.key + '" aria-pressed="' + (i === S.card) + '"><span class="name">' + esc(name(m)) + '</span><span class="level">' +
        esc(level(m, own.mean)) + '</span><span class="ref">' + esc(w("card_ref", { value: level(m, base.mean) })) + "</span>" +
        svg(200, 18, "", bar).replace('width="200"', 'width="100%"').replace("<svg", '<svg preserveAspectRatio="none"') +
        '<span class="change ' + kind + '">' + esc(change) + '</span><span class="ends">' + esc(ends) + "</span></button>";
    });
    var focused = document.activeElement && document.activeElement.getAttribute && document.activeElement.getAttribute("data-card");
    byId("cards").innerHTML = html;
    if (focused !== null && focused !== undefined) {
      var again = document.querySelector('[data-card="' + focused + '"]');
      if (again) again.focus();
    }
  }

  function drawPath() {
    var m = card(), mine = now(), other = reference(), width = widthOf("path"), narrow = width < 520, left = 52, right = narrow ? 14 : 96, top = 24, tall = narrow ? 170 : 215, below = narrow ? 130 : 150;
    var first = m.perYear ? 1 : 0, years = [], i;
    for (i = first; i < Y; i++) years.push(i);
    byId("path-title").textContent = w("path", { name: name(m) });
    var span = YEARS[Y - 1] - YEARS[first] || 1, x = function (y) { return left + (width - left - right) * (YEARS[y] - YEARS[first]) / span; };
    var range = padded(levelsReach(m), 0.04), found = ticks(range[0], range[1], narrow ? 4 : 5), write = tickWriter(m, false, found);
    var y1 = function (v) { return top + tall * (range[1] - v) / (range[1] - range[0]); };
    var out = text(0, 12, w("path_levels") + (unitOf(m, false, found) ? " (" + unitOf(m, false, found) + ")" : ""), "axis");
    found.values.forEach(function (v) { out += line(left, y1(v), width - right, y1(v), "gridline") + text(left - 7, y1(v) + 4, write(v), "axis", "end"); });
    var ours = years.map(function (y) { return [y, spread(runs(m, mine, y), m)]; }), theirs = years.map(function (y) { return [y, spread(runs(m, other, y), m)]; });
    var area = function (list) { return list.filter(function (p) { return isFinite(p[1].low); }).map(function (p) { return [x(p[0]), y1(p[1].low), y1(p[1].high)]; }); };
    var path = function (list) { return polyline(list.filter(function (p) { return isFinite(p[1].mean); }).map(function (p) { return [x(p[0]), y1(p[1].mean)]; })); };
    out += band(area(theirs), "ref-band") + band(area(ours), "own-band", ' fill="' + colour() + '" opacity=".2"');
    out += line(x(S.year), top, x(S.year), top + tall, "now");
    out += '<path d="' + path(theirs) + '" class="ref" stroke-dasharray="5 3"/><path d="' + path(ours) + '" fill="none" stroke="' + colour() + '" stroke-width="2.6"/>';
    ours.forEach(function (p) { if (isFinite(p[1].mean)) out += mark(D.policies[S.mode].mark, x(p[0]), y1(p[1].mean), 3.6, p[0] === S.year ? colour() : "#fff", colour()); });
    var a = ours[ours.length - 1][1].mean, b = theirs[theirs.length - 1][1].mean;
    if (!narrow && isFinite(a) && isFinite(b)) {
      var ya = y1(a), yb = y1(b);
      if (Math.abs(ya - yb) < 15) { var mid = (ya + yb) / 2, up = ya <= yb ? -1 : 1; ya = mid + up * 7.5; yb = mid - up * 7.5; }
      out += '<text x="' + (width - right + 9) + '" y="' + r(ya + 4) + '" class="strong" fill="' + colour() + '">' + esc(w("table_plan")) + "</text>";
      out += text(width - right + 9, yb + 4, referenceShort(), "ref-text");
    }
    var base2 = top + tall + 34, wide = padded(reach(S.card, -1), 0.06), found2 = ticks(wide[0], wide[1], narrow ? 3 : 4), write2 = tickWriter(m, true, found2);
    var y2 = function (v) { return base2 + below * (wide[1] - v) / (wide[1] - wide[0]); };
    out += text(0, base2 - 10, w("path_difference") + " (" + unitOf(m, true, found2) + ")", "axis");
    found2.values.forEach(function (v) { out += line(left, y2(v), width - right, y2(v), "gridline") + text(left - 7, y2(v) + 4, write2(v), "axis", "end"); });
    out += line(left, y2(0), width - right, y2(0), "zero");
    var gaps = years.map(function (y) { return [y, difference(m, mine, other, y)]; });
    out += band(gaps.filter(function (p) { return isFinite(p[1].low); }).map(function (p) { return [x(p[0]), y2(p[1].low), y2(p[1].high)]; }), "own-band", ' fill="' + colour() + '" opacity=".28"');
    out += line(x(S.year), base2, x(S.year), base2 + below, "now");
    out += '<path d="' + polyline(gaps.filter(function (p) { return isFinite(p[1].mean); }).map(function (p) { return [x(p[0]), y2(p[1].mean)]; })) + '" fill="none" stroke="' + colour() + '" stroke-width="2.2"/>';
    gaps.forEach(function (p) { if (isFinite(p[1].mean)) out += mark(D.policies[S.mode].mark, x(p[0]), y2(p[1].mean), 3.4, clear(p[1]) ? colour() : "#fff", colour()); });
    var every = Math.ceil(years.length / Math.max(2, Math.floor((width - left - right) / 48)));
    years.forEach(function (y, k) { if ((years.length - 1 - k) % every === 0) out += text(x(y), base2 + below + 18, YEARS[y], y === S.year ? "strong" : "axis", "middle"); });
    byId("path").innerHTML = (narrow ? legend([
      ['<path d="M1 8H25" class="ref" stroke-dasharray="5 3"/>', referenceShort()],
      ['<path d="M1 8H25" fill="none" stroke="' + colour() + '" stroke-width="2.6"/>' + mark(D.policies[S.mode].mark, 13, 8, 3.6, "#fff", colour()), w("table_plan")]
    ]) : "") + svg(width, base2 + below + 26, w("path", { name: name(m) }) + ". " + changeSentence(m, difference(m, mine, other, S.year)), out);
    drawTable(m, years, mine, other, gaps);
  }

  function drawTable(m, years, mine, other, gaps) {
    var html = "<table><thead><tr><th>" + ["table_year", "table_plan", "table_ref", "table_difference", "table_ends"].map(function (k) { return esc(w(k)); }).join("</th><th>") + "</th></tr></thead><tbody>";
    years.forEach(function (y, k) {
      var one = gaps[k][1], write = writer(m.unit, true, largest(one), one);
      html += "<tr" + (y === S.year ? ' class="now"' : "") + "><td>" + YEARS[y] + "</td><td>" + esc(level(m, crossed(runs(m, mine, y)).mean)) + "</td><td>" + esc(level(m, crossed(runs(m, other, y)).mean)) + "</td><td>" +
        (isFinite(one.mean) ? esc(write.u(one.mean)) : "–") + "</td><td>" + (isFinite(one.low) ? esc(w("ends_short", { low: write.n(one.low), high: write.n(one.high) })) : "–") + "</td></tr>";
    });
    byId("table-body").innerHTML = html + "</tbody></table>";
  }

  function drawAlone() {
    var m = card(), other = reference(), range = padded(reach(S.card, S.year), 0.07), box = byId("alone");
    byId("alone-title").textContent = w("alone", { name: name(m) });
    byId("alone-hint").textContent = w("alone_hint", { year: YEARS[S.year] });
    var panels = [];
    if (D.policies.length > 1) panels.push({ name: w("mode"), labels: D.policies.map(function (p) { return p.name[side()]; }), now: S.mode, at: function (i) { return settingOf(i, S.levers); }, mode: true });
    D.levers.forEach(function (lever, k) {
      panels.push({
        name: lever.name[side()], labels: lever.labels.map(function (l) { return l[side()]; }), now: S.levers[k],
        at: function (i) { var l = S.levers.slice(); l[k] = i; return settingOf(S.mode, l); }
      });
    });
    byId("alone-section").hidden = !panels.length;
    if (box.children.length !== panels.length) box.innerHTML = panels.map(function () { return "<div></div>"; }).join("");
    if (!widths.alone) widths.alone = Math.max(220, Math.floor(box.children[0] ? box.children[0].clientWidth : 260));
    var width = widths.alone, left = 46, right = 10, top = 8, tall = 132;
    var found = ticks(range[0], range[1], 4), write = tickWriter(m, true, found), y = function (v) { return top + tall * (range[1] - v) / (range[1] - range[0]); };
    panels.forEach(function (panel, k) {
      var n = panel.labels.length, x = function (i) { return left + (width - left - right) * (i + 0.5) / n; }, out = "", spoken = [];
      found.values.forEach(function (v) { out += line(left, y(v), width - right, y(v), "gridline") + text(left - 6, y(v) + 4, write(v), "axis", "end"); });
      out += line(left, y(0), width - right, y(0), "zero");
      for (var i = 0; i < n; i++) {
        var one = difference(m, panel.at(i), other, S.year), c = panel.mode ? D.policies[i].colour : colour(), shape = panel.mode ? D.policies[i].mark : D.policies[S.mode].mark;
        if (isFinite(one.low)) out += line(x(i), y(one.low), x(i), y(one.high), "whisker", ' stroke="' + c + '" stroke-width="' + (i === panel.now ? 4 : 2.4) + '" opacity="' + (i === panel.now ? 1 : 0.6) + '"');
        if (isFinite(one.mean)) {
          out += mark(shape, x(i), y(one.mean), i === panel.now ? 5.5 : 4.2, i === panel.now ? c : "#fff", c);
          var say = writer(m.unit, true, largest(one), one);
          spoken.push(panel.labels[i] + ": " + say.u(one.mean) + (isFinite(one.low) ? " (" + w("ends_short", { low: say.n(one.low), high: say.n(one.high) }) + ")" : ""));
        }
        var words = short(panel.labels[i]), room = (width - left - right) / n / 6.2;
        if (n <= 4 || words.length <= room || i === panel.now || (i % 2 === panel.now % 2 && words.length <= 2 * room)) out += text(x(i), top + tall + 17, words, i === panel.now ? "strong" : "axis", "middle");
      }
      box.children[k].innerHTML = "<h3>" + esc(panel.name) + (unitOf(m, true, found) ? ' <span class="quiet">(' + esc(unitOf(m, true, found)) + ")</span>" : "") + "</h3>" + svg(width, top + tall + 24, panel.name + ". " + spoken.join("; "), out);
    });
  }
  /** A label of a value, short enough for an axis. */
  function short(label) { return label.replace(/（.*）| \(.*\)/, "").replace("/年", "").replace(" a year", "").replace(" thousand yuan", "k").replace(" million yuan", "m").replace(" 万元", "万").replace(" 亿元", "亿"); }

  /** What the signs of a chart stand for: [drawing, words] pairs in one line. */
  function legend(parts) {
    return '<p class="legend">' + parts.map(function (p) { return "<span>" + svg(26, 16, "", p[0]) + esc(p[1]) + "</span>"; }).join("") + "</p>";
  }
  function referenceShort() { return reference() ? w("pinned") : D.baseline.name[side()]; }

  function drawKinds() {
    var keys = ["core", "member", "urban", "rural"].filter(function (k) { return D.kinds[k]; }), other = reference(), mine = now();
    if (!keys.length) {
      byId("kinds").innerHTML = '<p class="quiet">' + esc(w("not_kept")) + "</p>";
      return;
    }
    var width = widthOf("kinds"), narrow = width < 520, left = narrow ? 8 : 150, right = narrow ? 8 : 62, each = narrow ? 62 : 46, top = narrow ? 4 : 2;
    var range = padded(once("kinds", function () {
      var low = Infinity, high = -Infinity;
      keys.forEach(function (k) {
        for (var s = 0; s < D.settings; s++) for (var y = 0; y < Y; y++) {
          var one = ranged(D.kinds[k], s, y);
          [one.mean, one.low, one.high].forEach(function (v) { if (isFinite(v)) { low = Math.min(low, v); high = Math.max(high, v); } });
        }
      });
      return low <= high ? [low, high] : [0, 1];
    }), 0.03), x = function (v) { return left + (width - left - right) * (v - range[0]) / (range[1] - range[0]); };
    var found = ticks(range[0], range[1], narrow ? 5 : 8), write = tickWriter({ unit: "sd" }, false, found), tall = keys.length * each, out = "", spoken = [];
    found.values.forEach(function (v) { out += line(x(v), top, x(v), top + tall, "gridline") + text(x(v), top + tall + 17, write(v), "axis", "middle"); });
    keys.forEach(function (k, i) {
      var m = D.kinds[k], a = ranged(m, mine, S.year), b = ranged(m, other, S.year), base = ranged(m, 0, 0).mean, middle = top + i * each + (narrow ? 40 : each / 2);
      out += narrow ? text(left, middle - 19, w("kind." + k), "label") : text(0, middle + 5, w("kind." + k), "label");
      if (isFinite(b.low)) out += line(x(b.low), middle + 7, x(b.high), middle + 7, "range", ' stroke="#7a828c" stroke-width="5" opacity=".3"');
      if (isFinite(a.low)) out += line(x(a.low), middle - 6, x(a.high), middle - 6, "range", ' stroke="' + colour() + '" stroke-width="5" opacity=".32"');
      if (isFinite(base)) out += mark("circle", x(base), middle, 5, "#fff", "#1f2933");
      if (isFinite(b.mean)) out += mark("circle", x(b.mean), middle + 7, 4.5, "#7a828c", "#7a828c");
      if (isFinite(a.mean)) out += mark(D.policies[S.mode].mark, x(a.mean), middle - 6, 5, colour(), colour());
      if (isFinite(a.mean)) out += narrow ? text(width - right, middle - 19, fixed(a.mean, 2), "strong", "end") : text(width - right + 12, middle + 2, fixed(a.mean, 2), "strong");
      spoken.push(w("kind." + k) + ": " + w("from_to", { base: fixed(base, 2), ref: fixed(b.mean, 2), plan: fixed(a.mean, 2) }));
    });
    byId("kinds").innerHTML = legend([
      [mark("circle", 13, 8, 5, "#fff", "#1f2933"), w("base_year", { year: D.baseYear })],
      [line(1, 8, 25, 8, "", ' stroke="#7a828c" stroke-width="5" opacity=".3"') + mark("circle", 13, 8, 4.5, "#7a828c", "#7a828c"), referenceShort()],
      [line(1, 8, 25, 8, "", ' stroke="' + colour() + '" stroke-width="5" opacity=".32"') + mark(D.policies[S.mode].mark, 13, 8, 5, colour(), colour()), w("table_plan")]
    ]) + svg(width, top + tall + 24, w("kinds") + ". " + spoken.join("; "), out);
    var facts = "", sp = D.kinds.spread, bad = D.kinds.failing, all = D.kinds.judged;
    if (sp) facts += "<li>" + esc(w("spread")) + (side() ? ": " : "：") + esc(w("from_to", { base: fixed(ranged(sp, 0, 0).mean, 3), ref: fixed(ranged(sp, other, S.year).mean, 3), plan: "\u0001" })).replace("\u0001", "<b>" + fixed(ranged(sp, mine, S.year).mean, 3) + "</b>") + " SD</li>";
    if (bad) {
      var count = function (s, y) { var n = ranged(bad, s, y).mean; return all ? w("of", { n: fixed(n, 1), all: fixed(ranged(all, s, y).mean, 0) }) : fixed(n, 1); };
      facts += "<li>" + esc(w("failing")) + (side() ? ": " : "：") + esc(w("from_to", { base: count(0, 0), ref: count(other, S.year), plan: "\u0001" })).replace("\u0001", "<b>" + esc(count(mine, S.year)) + "</b>") + "</li>";
    }
    byId("kinds-facts").innerHTML = facts;
  }

  function drawOfficial() {
    var stages = Object.keys(D.stages), mine = now(), other = reference();
    byId("stage").hidden = !stages.length;
    var html = "";
    stages.forEach(function (stage) {
      var part = D.stages[stage], most = once("cv" + stage, function () {
        var high = part.limit * 1.3;
        part.rows.forEach(function (row) { for (var s = 0; s < D.settings; s++) for (var y = 0; y < Y; y++) { var v = at(row.levels, (s * Y + y) * 3 + 2); if (isFinite(v)) high = Math.max(high, v); } });
        return high;
      });
      html += '<div class="stage' + (stage === S.stage ? "" : " other") + '" data-stage="' + stage + '"><h3 class="paper">' + esc(w("stage." + stage)) + (side() ? ", " : "，") + esc(w("limit", { value: fixed(part.limit, 2) })) + "</h3>";
      part.rows.forEach(function (row) {
        var one = function (s) {
          var i = (s * Y + S.year), v = { mean: at(row.levels, i * 3), low: at(row.levels, i * 3 + 1), high: at(row.levels, i * 3 + 2), k: at(row.counts, i * 2), n: at(row.counts, i * 2 + 1) };
          return v;
        }, a = one(mine), b = one(other), x = function (v) { return 2 + 396 * Math.min(v, most) / most; };
        var verdict = !isFinite(a.low) ? "unsure" : a.high <= part.limit ? "meets" : a.low > part.limit ? "fails" : "unsure";
        var out = line(2, 11, 398, 11, "gridline");
        if (isFinite(b.low)) out += '<rect x="' + r(x(b.low)) + '" y="13.5" width="' + Math.max(2, r(x(b.high) - x(b.low))) + '" height="5" rx="2" fill="#7a828c" opacity=".35"/>';
        if (isFinite(b.mean)) out += line(x(b.mean), 12.5, x(b.mean), 19.5, "point", ' stroke="#7a828c" stroke-width="2.5"');
        if (isFinite(a.low)) out += '<rect x="' + r(x(a.low)) + '" y="3" width="' + Math.max(2, r(x(a.high) - x(a.low))) + '" height="7" rx="2" fill="' + colour() + '" opacity=".45"/>';
        if (isFinite(a.mean)) out += line(x(a.mean), 1.5, x(a.mean), 11.5, "point", ' stroke="' + colour() + '" stroke-width="3"');
        out += line(x(part.limit), 0, x(part.limit), 22, "limit");
        var chance = isFinite(a.n) && a.n > 0 ? w("chance", { k: fixed(a.k, 0), n: fixed(a.n, 0) }) : w("card_none");
        if (a.n > 1 && D.futures === 1) { var ends = wilson(a.k, a.n); chance += w("chance_ends", { low: fixed(100 * ends[0], 0) + "%", high: fixed(100 * ends[1], 0) + "%" }); }
        html += '<div class="coef"><span class="label">' + esc(row.name[side()]) + '</span><span class="track">' + svg(400, 22, row.name[side()] + ": " + fixed(a.mean, 2), out).replace('width="400"', 'width="100%"').replace("<svg", '<svg preserveAspectRatio="none"') +
          '</span><span class="judged"><span class="verdict ' + verdict + '">' + esc(w(verdict)) + '</span> <span class="value">' + (isFinite(a.mean) ? fixed(a.mean, 2) : "–") + '</span><span class="chance">' + esc(chance) +
          '</span><span class="chance">' + (b.n > 0 ? esc(w("chance_ref", { k: fixed(b.k, 0), n: fixed(b.n, 0) })) : "") + "</span></span></div>";
      });
      html += "</div>";
    });
    byId("official").innerHTML = html || '<p class="quiet">' + esc(w("no_official")) + "</p>";
  }

  // ---- sentences -----------------------------------------------------------------------------------------------

  function drawSay() {
    var mine = now(), other = reference(), n = D.years.length ? finite(runs(D.cards[0], mine, S.year)).length : 0, gone = !n;
    byId("results-title").textContent = w("results", { year: w("year_value", { year: YEARS[S.year], n: YEARS[S.year] - D.baseYear }) });
    byId("plan").textContent = planName(S.mode, S.levers);
    document.body.classList.toggle("missing", gone);
    var say = "";
    if (gone) say = w("not_run");
    else if (mine === other) say = w("is_ref");
    else {
      say = w("lead", { ref: referenceName() }) + ["gap", "weak", "top", "money"].map(function (key) {
        var m = D.cards.filter(function (c) { return c.key === key; })[0];
        return m ? changeSentence(m, difference(m, mine, other, S.year)) : "";
      }).filter(Boolean).join(w("join")) + w("stop");
    }
    byId("takeaway").textContent = say;
    var warn = byId("warn");
    warn.hidden = R >= 10;
    warn.textContent = R === 1 ? w("one") : w("few", { n: R });
    var gap = card(), one = difference(gap, mine, other, S.year), write = writer(gap.unit, true, largest(one), one), kind = kindOf(one);
    byId("bar").innerHTML = gone ? esc(w("not_run")) : "<b>" + esc(YEARS[S.year] + " " + modeName(S.mode)) + "</b> " + esc(name(gap) + " " + level(gap, crossed(runs(gap, mine, S.year)).mean)) + "<br>" +
      esc(w("path_difference") + " ") + "<b>" + esc(kind === "open" ? w("card_open") : isFinite(one.mean) ? signed(write, one.mean) : "–") + "</b>" + (isFinite(one.low) && kind !== "same" ? " (" + esc(w("ends_short", { low: write.n(one.low), high: write.n(one.high) })) + ")" : "");
  }

  function drawBounds() {
    var out = [], grid = [], i = side();
    grid.push(w("b_grid_lever", { name: w("mode"), values: D.policies.map(function (p) { return p.name[i]; }).join(i ? ", " : "、") }));
    D.levers.forEach(function (lever) {
      grid.push(w("b_grid_lever", { name: lever.name[i], values: lever.labels.map(function (l) { return l[i]; }).join(i ? ", " : "、") }) + (lever.allowed ? w("b_allowed", { low: lever.allowed[0][i], high: lever.allowed[1][i] }) : ""));
    });
    out.push(w("b_grid", { grid: grid.join(w("join")), n: D.settings - 1 }) + (D.missing ? " " + w("b_missing", { n: D.missing }) : "") + (D.failed ? " " + w("b_failed", { n: D.failed }) : ""));
    out.push(w("b_held"));
    if (D.policies.length > 1) out.push(w("b_modes"));
    out.push(D.futures > 1 ? w("b_futures", { futures: D.futures, draws: D.draws }) : w("b_behaviour"));
    out.push(w("b_runs", { each: R, all: commas(String(D.runs)) }));
    if (D.allYears > Y) out.push(w("b_years", { years: YEARS.join(i ? ", " : "、") }));
    out.push(w("b_causal"));
    out.push(w("b_data", { data: D.facts.data[i], schools: D.facts.schools, pupils: commas(String(D.facts.pupils)), year: D.baseYear }));
    byId("bounds").innerHTML = out.map(function (one) { return "<li>" + esc(one) + "</li>"; }).join("");
    byId("held").innerHTML = "<thead><tr><th></th>" + D.policies.map(function (p) { return "<th>" + esc(p.name[i]) + "</th>"; }).join("") + "</tr></thead><tbody>" + D.held.map(function (row) {
      return "<tr><td>" + esc(row.name[i] + (row.lever ? w("held_lever") : "")) + "</td>" + row.values.map(function (v) { return "<td>" + esc(v[i]) + "</td>"; }).join("") + "</tr>";
    }).join("") + "</tbody>";
    byId("made").textContent = w("b_made", { version: D.facts.version, identity: D.facts.identity }) + " " + D.limits[i].join(i ? ". " : "；") + w("stop");
  }

  // ---- controls --------------------------------------------------------------------------------------------------

  function tickMarks(lever, width, own) {
    var n = lever.labels.length, x = function (i) { return 12 + (width - 24) * i / Math.max(1, n - 1); }, out = "", room = (width - 24) / Math.max(1, n - 1) / 6.6;
    lever.labels.forEach(function (label, i) {
      var words = short(label[side()]);
      if (own && own.at === i) out += '<path class="mark" d="M' + r(x(i)) + " 1l4.5 7h-9Z" + '"/>';
      if (words.length <= room || n <= 3 || i === 0 || i === n - 1 || i % 2 === 0) out += text(i === 0 && words.length > 4 ? 0 : i === n - 1 && words.length > 4 ? width : x(i), 22, words, "", words.length > 4 && i === 0 ? "start" : words.length > 4 && i === n - 1 ? "end" : "middle");
    });
    return out;
  }

  function makeControls() {
    byId("mode").innerHTML = D.policies.map(function (p, i) {
      return '<label style-none><input type="radio" name="mode" value="' + i + '">' + svg(16, 16, "", mark(p.mark, 8, 8, 5, p.colour, p.colour)) + "<span></span></label>";
    }).join("").replace(/ style-none/g, "");
    byId("sliders").innerHTML = D.levers.map(function (lever, i) {
      var id = "lever-" + i;
      if (lever.number) return '<div class="lever"><div class="row"><label for="' + id + '"></label><output for="' + id + '" id="' + id + '-value"></output></div><p class="under" id="' + id + '-under"></p><input type="range" id="' + id + '" min="0" max="' + (lever.labels.length - 1) + '" step="1" data-lever="' + i + '"><div id="' + id + '-ticks"></div><p class="own" id="' + id + '-own"></p></div>';
      return '<fieldset class="lever"><legend id="' + id + '-name"></legend><div class="choice">' + lever.labels.map(function (_, k) { return '<label><input type="radio" name="' + id + '" value="' + k + '" data-lever="' + i + '"><span></span></label>'; }).join("") + '</div><p class="own" id="' + id + '-own"></p></fieldset>';
    }).join("");
    byId("stage").innerHTML = Object.keys(D.stages).map(function (stage) { return '<label><input type="radio" name="stage" value="' + stage + '"><span></span></label>'; }).join("");
    byId("year").min = 1; byId("year").max = Y - 1;
  }

  function showControls() {
    var i = side();
    document.documentElement.lang = i ? "en" : "zh-CN";
    document.title = w("title", { county: D.county[i] });
    byId("title").textContent = document.title;
    [].forEach.call(document.querySelectorAll("[data-w]"), function (node) { node.textContent = w(node.getAttribute("data-w")); });
    [].forEach.call(document.querySelectorAll("[data-lang]"), function (node) { node.setAttribute("aria-pressed", String(node.getAttribute("data-lang") === S.lang)); });
    byId("language").setAttribute("aria-label", w("language"));
    byId("cards").setAttribute("aria-label", w("cards"));
    byId("stage").setAttribute("aria-label", w("stage"));
    [].forEach.call(byId("mode").children, function (label, k) {
      label.querySelector("span").textContent = modeName(k);
      label.querySelector("input").checked = k === S.mode;
      label.className = k === S.mode ? "on" : "";
      label.style.color = k === S.mode ? D.policies[k].colour : "";
    });
    D.levers.forEach(function (lever, k) {
      var id = "lever-" + k, own = lever.own[S.mode], note = own ? w(own.at >= 0 ? "own" : "own_off", { value: own.label[i] }) : "";
      byId(id + "-own").textContent = note;
      if (!lever.number) {
        byId(id + "-name").textContent = lever.name[i];
        [].forEach.call(document.querySelectorAll('input[name="' + id + '"]'), function (input, v) {
          input.checked = v === S.levers[k];
          input.parentNode.className = input.checked ? "on" : "";
          input.parentNode.querySelector("span").textContent = lever.labels[v][i];
        });
        return;
      }
      var slider = byId(id), width = widthOf(id);
      document.querySelector('label[for="' + id + '"]').textContent = lever.name[i];
      slider.value = S.levers[k];
      slider.setAttribute("aria-valuetext", lever.labels[S.levers[k]][i]);
      byId(id + "-value").textContent = lever.labels[S.levers[k]][i];
      byId(id + "-under").textContent = lever.under[S.levers[k]][i];
      byId(id + "-ticks").innerHTML = svg(width, 26, "", tickMarks(lever, width, own)).replace("<svg", '<svg class="ticks"');
    });
    byId("year").value = S.year;
    var shown = w("year_value", { year: YEARS[S.year], n: YEARS[S.year] - D.baseYear });
    byId("year").setAttribute("aria-valuetext", shown);
    byId("year-value").textContent = shown;
    byId("against-base").textContent = D.baseline.name[i];
    byId("against-pin-row").hidden = !S.pin;
    if (S.pin) byId("against-pin").textContent = w("pinned") + (i ? ": " : "：") + planName(S.pin.mode, S.pin.levers);
    [].forEach.call(document.querySelectorAll('input[name="against"]'), function (input) { input.checked = input.value === S.against; });
    byId("pin").textContent = w(S.pin ? "unpin" : "pin");
    [].forEach.call(document.querySelectorAll('input[name="stage"]'), function (input) {
      input.checked = input.value === S.stage;
      input.parentNode.className = input.checked ? "on" : "";
      input.parentNode.querySelector("span").textContent = w("stage." + input.value) + (i ? ", " : "，") + w("limit", { value: fixed(D.stages[input.value].limit, 2) });
    });
  }

  function draw() {
    var begin = performance.now();
    ["path", "kinds"].forEach(widthOf);
    showControls();
    drawSay(); drawCards(); drawPath(); drawAlone(); drawKinds(); drawOfficial();
    writeHash();
    prepare();
    // How long the page took, for whoever measures it.
    document.body.setAttribute("data-redraw", (performance.now() - begin).toFixed(2));
    document.body.setAttribute("data-redraws", String(Number(document.body.getAttribute("data-redraws") || 0) + 1));
  }

  /** Reckon scales of other years while nothing is asked, so that the year's slider finds them ready. */
  var queue = [], queued = {};
  function prepare() {
    var other = reference();
    if (queued[other]) return;
    queued[other] = true;
    for (var y = 1; y < Y; y++) for (var c = 0; c < D.cards.length; c++) queue.push([c, y, other]);
    var next = function () {
      var one = queue.shift();
      if (!one) return;
      if (one[2] === reference()) reach(one[0], one[1]);
      setTimeout(next, 0);
    };
    setTimeout(next, 60);
  }

  function listen() {
    document.addEventListener("input", function (event) {
      var input = event.target, lever = input.getAttribute("data-lever");
      if (lever !== null) S.levers[Number(lever)] = Number(input.value);
      else if (input.name === "mode") S.mode = Number(input.value);
      else if (input.id === "year") S.year = Number(input.value);
      else if (input.name === "against") S.against = input.value;
      else if (input.name === "stage") S.stage = input.value;
      else return;
      draw();
    });
    document.addEventListener("click", function (event) {
      var button = event.target.closest ? event.target.closest("button") : null;
      if (!button) return;
      if (button.hasAttribute("data-card")) S.card = Number(button.getAttribute("data-card"));
      else if (button.hasAttribute("data-lang")) { S.lang = button.getAttribute("data-lang"); drawBounds(); }
      else if (button.id === "written") S.levers = asWritten(S.mode);
      else if (button.id === "print") { window.print(); return; }
      else if (button.id === "pin") {
        if (S.pin) { S.pin = null; S.against = "base"; } else { S.pin = { mode: S.mode, levers: S.levers.slice() }; S.against = "pin"; }
      } else return;
      draw();
    });
    byId("levers").addEventListener("submit", function (event) { event.preventDefault(); });
    var waiting = 0;
    window.addEventListener("resize", function () { clearTimeout(waiting); waiting = setTimeout(function () { widths = {}; draw(); }, 120); });
  }

  byId("main").hidden = false;
  byId("bar").hidden = false;
  readHash();
  makeControls();
  drawBounds();
  draw();
  listen();
})();
