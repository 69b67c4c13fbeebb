// Opened by double click, a page may not read another file: search then lists its findings without a line of text each.
if (window.location.protocol === "file:" && typeof DOCUMENTATION_OPTIONS !== "undefined") DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = false;
