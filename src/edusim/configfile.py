"""A configuration file as a tree of values that know where they stand.

Files are YAML, read strictly and as text: a value is turned into a number, a date or a yes/no only by
the parameter that it is given to, so YAML's own guesses (``off`` as False, ``1_0`` as 10, ``08`` as a
word) never decide anything. Anchors, tags, several documents, tabs, duplicate keys and very large
files are refused. Every fault is one :class:`~edusim.errors.ConfigError` with file, line and column.
"""

from __future__ import annotations

import datetime
import math
import os
import re
import stat
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NoReturn

from edusim import deprecations, formats
from edusim.errors import ConfigError, did_you_mean, nearest

MAX_BYTES = 5_000_000
MAX_DEPTH = 12
MAX_NODES = 200_000

_NUMBER = re.compile(r"[-+]?(\d[\d_]*(\.\d*)?|\.\d+)([eE][-+]?\d+)?", re.ASCII)
_DATE = re.compile(r"(\d{4})-(\d{1,2})-(\d{1,2})", re.ASCII)
_TAB = re.compile(r"^ *\t", re.MULTILINE)
_YES = {"true", "on", "yes"}
_NO = {"false", "off", "no"}
_NOT_FINITE = {"nan", ".nan", "inf", ".inf", "-inf", "-.inf", "+inf", "+.inf", "infinity", "-infinity"}


class Node:
    """A value of a configuration file, with its place.

    Parameters
    ----------
    value
        Text of a scalar, ``dict[str, Node]`` of a mapping or ``list[Node]`` of a list.
    file
        File as the user named it; empty when the value came from Python.
    line, column
        Place in the file, counted from 1; 0 when there is none.
    path
        Dotted path inside the file, for example ``clauses.rotation.share.values``.
    quoted
        Whether a scalar stood in quotes (and so is a word, whatever it looks like).
    """

    __slots__ = ("column", "file", "key_place", "line", "path", "quoted", "value")

    def __init__(
        self,
        value: str | dict[str, Node] | list[Node],
        file: str = "",
        line: int = 0,
        column: int = 0,
        path: str = "",
        quoted: bool = False,
    ) -> None:
        self.value, self.file, self.line, self.column = value, file, line, column
        self.path, self.quoted = path, quoted
        self.key_place = (line, column)  # where its key stands, for a fault of the key itself

    @property
    def where(self) -> str:
        """``file:line:column: path``, without the parts that are unknown."""
        return place(self.file, self.line, self.column, self.path)

    @property
    def is_map(self) -> bool:
        """Whether the value is a mapping."""
        return isinstance(self.value, dict)

    def fail(self, code: str, zh: str, en: str, mend_zh: str = "", mend_en: str = "") -> NoReturn:
        """Raise the one error of this place.

        Raises
        ------
        ConfigError
            Always.
        """
        raise ConfigError(code, zh, en, where=self.where, mend_zh=mend_zh, mend_en=mend_en)

    def _kind(self) -> tuple[str, str]:
        if isinstance(self.value, dict):
            return "一组键值", "a mapping"
        if isinstance(self.value, list):
            return "一个列表", "a list"
        shown = _short(self.value)
        return f"“{shown}”", f"{shown!r}"

    def _wrong(self, zh: str, en: str, mend_zh: str = "", mend_en: str = "") -> NoReturn:
        is_zh, is_en = self._kind()
        self.fail("CFG-TYPE", f"应为{zh}，现为{is_zh}", f"must be {en}, is {is_en}", mend_zh, mend_en)

    def mapping(self, required: Iterable[str] = (), optional: Iterable[str] | None = ()) -> dict[str, Node]:
        """Return the mapping, having checked its keys.

        Parameters
        ----------
        required
            Keys that must be there.
        optional
            Keys that may be there; None allows any.

        Raises
        ------
        ConfigError
            ``CFG-TYPE`` not a mapping, ``CFG-UNKNOWN-KEY``, ``CFG-MISSING-KEY``.
        """
        if not isinstance(self.value, dict):
            self._wrong("一组键值（键: 值）", "a mapping (key: value)")
        required = tuple(required)
        if optional is not None:
            valid = (*required, *optional)
            for key, child in self.value.items():
                if key not in valid:
                    unknown_key(child, key, valid)
        for key in required:
            if key not in self.value:
                self.fail("CFG-MISSING-KEY", f"缺少 {key}", f"{key} is missing", f"请补上 {key}: …", f"add {key}: ...")
        return self.value

    def items(self) -> list[Node]:
        """Return the values of a list; raise ``CFG-TYPE`` when it is none."""
        if not isinstance(self.value, list):
            self._wrong("列表 [甲, 乙]", "a list [a, b]")
        return self.value

    def text(self) -> str:
        """Return a non-empty text; raise ``CFG-TYPE`` when it is none."""
        if not isinstance(self.value, str) or not self.value.strip():
            self._wrong("一段文字", "a text")
        return self.value

    def word(self, valid: Sequence[str], code: str = "CFG-UNKNOWN-VALUE") -> str:
        """Return one of the ``valid`` words; raise ``code`` with the nearest when it is none."""
        if not isinstance(self.value, str):
            self._wrong("一个词", "a word")
        if self.value not in valid:
            zh, en = did_you_mean(self.value, valid)
            self.fail(code, f"不认识的值 {_short(self.value)}", f"unknown value {_short(self.value)}", zh, en)
        return self.value

    def number(self) -> float:
        """Return a finite number.

        Raises
        ------
        ConfigError
            ``CFG-NOT-FINITE`` for NaN and infinity, ``CFG-TYPE`` for anything else but a number.
        """
        if not isinstance(self.value, str):
            self._wrong("一个数", "a number")
        if self.quoted:
            self._wrong("一个数", "a number", "数字不要加引号", "take the quotes away")
        text = self.value.strip()
        if text.lower() in _NOT_FINITE:
            self._not_finite(text)
        if not _NUMBER.fullmatch(text):
            self._wrong("一个数", "a number")
        value = float(text)
        if not math.isfinite(value):
            self._not_finite(text)
        return value

    def _not_finite(self, text: str) -> NoReturn:
        self.fail(
            "CFG-NOT-FINITE",
            f"{text} 不是有限的数",
            f"{text} is not a finite number",
            "请写一个普通的数",
            "write an ordinary number",
        )

    def integer(self) -> int:
        """Return a whole number; raise ``CFG-TYPE`` or ``CFG-NOT-FINITE`` when it is none."""
        value = self.number()
        if value != int(value):
            self._wrong("整数", "a whole number")
        assert isinstance(self.value, str)
        digits = self.value.strip().lstrip("+")
        # Not through a float: a seed may have more digits than a float holds.
        return int(digits) if digits.lstrip("-").isdigit() else int(value)

    def integer_between(self, low: int, high: int) -> int:
        """Return a whole number from ``low`` to ``high``; raise ``CFG-RANGE`` when it is outside."""
        value = self.integer()
        if not low <= value <= high:
            self.fail(
                "CFG-RANGE",
                f"{value} 不在 {low} – {high} 之内",
                f"{value} is not between {low} and {high}",
                f"请取 {low} – {high} 之间的整数",
                f"choose a whole number from {low} to {high}",
            )
        return value

    def flag(self) -> bool:
        """Return a yes/no (true, false, on, off, yes, no); raise ``CFG-TYPE`` when it is none."""
        if isinstance(self.value, str) and not self.quoted:
            word = self.value.lower()
            if word in _YES:
                return True
            if word in _NO:
                return False
        self._wrong(" true 或 false（on/off 亦可）", "true or false (on/off also)")

    def date(self) -> datetime.date:
        """Return a calendar date; raise ``CFG-DATE`` when the text is none."""
        found = _DATE.fullmatch(self.value.strip()) if isinstance(self.value, str) else None
        if found is not None:
            try:
                return datetime.date(int(found[1]), int(found[2]), int(found[3]))
            except ValueError:
                pass
        zh, en = self._kind()
        self.fail(
            "CFG-DATE",
            f"{zh}不是日期",
            f"{en} is not a date",
            "日期写作 年-月-日，例如 2021-09-01",
            "write year-month-day, for example 2021-09-01",
        )


def place(file: str, line: int = 0, column: int = 0, path: str = "") -> str:
    """Return ``file:line:column: path`` without the unknown parts."""
    spot = f"{file}:{line}:{column}" if line and file else file
    return ": ".join(part for part in (spot, path) if part)


def _short(text: str) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= 40 else flat[:39] + "…"


def unknown_key(node: Node, key: str, valid: Iterable[str]) -> NoReturn:
    """Raise ``CFG-UNKNOWN-KEY`` for a key, naming the nearest valid one."""
    zh, en = did_you_mean(key, valid)
    if node.value == "" and not node.quoted and nearest(key, valid) is None:  # the rest of a text after its comma
        zh, en = "花括号里的文字若有逗号，要加引号", "a text with a comma inside { } needs quotes"
    where = place(node.file, *node.key_place, node.path)
    short = _short(key)
    raise ConfigError(
        "CFG-UNKNOWN-KEY", f"不认识的键 {short}", f"unknown key {short}", where=where, mend_zh=zh, mend_en=en
    )


def from_python(value: Any, path: str = "") -> Node:
    """Return the node of a Python value (mapping, list, text, number, yes/no, date, path).

    Raises
    ------
    ConfigError
        ``CFG-TYPE`` for anything else and for what nests too deeply.
    """
    if path.count(".") + path.count("[") > 4 * MAX_DEPTH:
        raise ConfigError("CFG-DEPTH", "嵌套过深", "nested too deeply", where=_short(path))
    if isinstance(value, Mapping):
        keys = {k: deprecations.current("parameter", str(k), path) for k in value}
        return _present(Node({keys[k]: from_python(v, f"{path}.{keys[k]}" if path else keys[k]) for k, v in value.items()}, path=path))
    if isinstance(value, (list, tuple)):
        return Node([from_python(v, f"{path}[{i}]") for i, v in enumerate(value)], path=path)
    if hasattr(value, "item") and getattr(value, "ndim", None) == 0:  # a NumPy scalar
        value = value.item()
    if isinstance(value, bool):
        return Node("true" if value else "false", path=path)
    if isinstance(value, (int, float)):
        return Node(repr(value), path=path)
    if isinstance(value, (str, os.PathLike, datetime.date)):
        return Node(deprecations.current("parameter", str(value), path), path=path)
    raise ConfigError(
        "CFG-TYPE",
        f"不能用 {type(value).__name__} 作配置值",
        f"a {type(value).__name__} cannot be a configuration value",
        where=path,
    )


def read_text(path: str | os.PathLike[str]) -> str:
    """Return the text of a configuration file.

    Parameters
    ----------
    path
        File to read: UTF-8 (a byte-order mark is taken off), at most 5 MB.

    Raises
    ------
    ConfigError
        ``CFG-NO-FILE``, ``CFG-NOT-A-FILE`` (folder, pipe), ``CFG-NO-ACCESS``, ``CFG-TOO-LARGE``,
        ``CFG-BINARY``, ``CFG-ENCODING``.
    """
    shown = os.fspath(path)

    def fail(code: str, zh: str, en: str, mend_zh: str = "", mend_en: str = "") -> NoReturn:
        raise ConfigError(
            code, zh, en, where=shown if len(shown) <= 1000 else "…" + shown[-200:], mend_zh=mend_zh, mend_en=mend_en
        )

    try:
        status = os.stat(path)
        if not stat.S_ISREG(status.st_mode):
            fail(
                "CFG-NOT-A-FILE",
                "这不是文件（是文件夹或设备）",
                "this is no file (a folder or device)",
                "请给出一个 .yaml 文件",
                "name a .yaml file",
            )
        if status.st_size > MAX_BYTES:
            fail(
                "CFG-TOO-LARGE",
                f"文件有 {status.st_size:,} 字节，超过 {MAX_BYTES:,}",
                f"the file has {status.st_size:,} bytes, more than {MAX_BYTES:,}",
                "配置文件不应这样大，请检查是否选错文件",
                "no configuration is that large: is it the right file?",
            )
        with open(path, "rb") as handle:
            raw = handle.read(MAX_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError, ValueError):
        zh, en = _near_file(shown)
        fail("CFG-NO-FILE", "找不到文件", "no such file", zh, en)
    except OSError as error:
        fail(
            "CFG-NO-ACCESS",
            f"读不到文件（{error.strerror}）",
            f"the file cannot be read ({error.strerror})",
            "请检查路径与读取权限",
            "check the path and the permission to read it",
        )
    if b"\0" in raw and not raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        fail(
            "CFG-BINARY",
            "这是二进制文件，不是文本",
            "this is a binary file, not text",
            "请给出一个 .yaml 文本文件",
            "name a .yaml text file",
        )
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw.count(b"\n", 0, error.start) + 1
        fail(
            "CFG-ENCODING",
            f"第 {line} 行不是 UTF-8 编码",
            f"line {line} is not UTF-8",
            "请把文件另存为 UTF-8",
            "save the file as UTF-8",
        )


def _near_file(shown: str) -> tuple[str, str]:
    try:
        folder = Path(shown).parent
        near = nearest(Path(shown).name, sorted(p.name for p in folder.iterdir()))
    except (OSError, ValueError):
        near = None
    if near is None:
        return "请检查路径", "check the path"
    return f"您是否想写 {near}？", f"did you mean {near}?"


def read(path: str | os.PathLike[str]) -> Node:
    """Return a YAML file as a tree of located values; see :func:`read_text` and :func:`parse`."""
    return parse(read_text(path), os.fspath(path))


def parse(text: str, file: str = "") -> Node:
    """Return YAML text as a tree of located values.

    Parameters
    ----------
    text
        One YAML document whose top is a mapping.
    file
        Name to show in errors.

    Raises
    ------
    ConfigError
        ``CFG-TAB``, ``CFG-YAML`` (syntax, with the parser's own words), ``CFG-YAML-ALIAS`` (anchors),
        ``CFG-YAML-TAG``, ``CFG-YAML-DOCUMENTS``, ``CFG-DUPLICATE-KEY``, ``CFG-DEPTH``, ``CFG-EMPTY``,
        ``CFG-TYPE`` when the top is no mapping.
    """
    import yaml

    tab = _TAB.search(text)
    if tab is not None:
        line = text.count("\n", 0, tab.start()) + 1
        column = tab.end() - tab.start()
        _fail_at(
            file,
            line,
            column,
            "CFG-TAB",
            "行首用了制表符（Tab）",
            "a tab stands at the head of the line",
            "请改用空格缩进",
            "indent with spaces",
        )
    loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
    try:
        root = _build(yaml.parse(text, Loader=loader), yaml, file)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        opened = getattr(error, "context_mark", None)
        if mark is not None and opened is not None and mark.line >= len(text.splitlines()):
            mark = opened  # noticed at the end of the file: show what was never closed
        line, column = (mark.line + 1, mark.column + 1) if mark is not None else (0, 0)
        if mark is None and isinstance(getattr(error, "position", None), int):
            before = text[: error.position]
            line, column = before.count("\n") + 1, len(before) - before.rfind("\n")
        problem = getattr(error, "problem", None) or getattr(error, "reason", None) or "not YAML"
        _fail_at(
            file,
            line,
            column,
            "CFG-YAML",
            f"YAML 语法错误（{problem}）",
            f"YAML syntax error ({problem})",
            "请检查这一行及上一行的缩进、冒号与引号",
            "check indent, colon and quotes of this line and the one above",
        )
    except RecursionError:
        _fail_at(file, 0, 0, "CFG-DEPTH", "嵌套过深", "nested too deeply", "", "")
    if root is None:
        raise ConfigError(
            "CFG-EMPTY",
            "文件是空的",
            "the file is empty",
            where=file,
            mend_zh="可从随附的 configs/scenarios/small.yaml 抄起",
            mend_en="start from a shipped file such as configs/scenarios/small.yaml",
        )
    if not root.is_map:
        root._wrong("一组键值（键: 值）", "a mapping (key: value)")
    return _present(root)


def _present(root: Node) -> Node:
    """Return a whole file as the present version of its format has it; what says no version, or none that is known, stays."""
    top = root.value if isinstance(root.value, dict) and not root.path else {}
    said = top.get("schema_version")
    if said is None or not formats.FILES.steps or not isinstance(said.value, str) or not said.value.isdigit():
        return root
    try:
        root.value = formats.brought_up(top, int(said.value), formats.FILES)
    except formats.UnknownFormat:
        return root  # told where the version is checked, among the other keys
    if said.value != str(formats.FILES.version):
        deprecations.outdated(
            "DEP-FORMAT", f"文件格式为第 {said.value} 版，已按第 {formats.FILES.version} 版读取", f"the file has format {said.value} and is read as "
            f"{formats.FILES.version}", said.where, ("所列改动见 docs/changes.md", "docs/changes.md says what has changed"),
        )  # fmt: skip
        said.value = str(formats.FILES.version)
    return root


def _fail_at(file: str, line: int, column: int, code: str, zh: str, en: str, mend_zh: str, mend_en: str) -> NoReturn:
    raise ConfigError(code, zh, en, where=place(file, line, column), mend_zh=mend_zh, mend_en=mend_en)


def _renamed(node: Node) -> str | dict[str, Node] | list[Node]:
    """Return a node's value, the old name of a parameter by its present one."""
    return deprecations.current("parameter", node.value, node.where) if isinstance(node.value, str) else node.value


def _build(events: Iterable[Any], yaml: Any, file: str) -> Node | None:
    # From the event stream, not from composed nodes: an alias is seen before it can expand, and the
    # depth is counted here and not on Python's stack.
    root: Node | None = None
    stack: list[tuple[Node, list[Node | str | None]]] = []  # (container, [pending key, its node])
    n_documents = n_nodes = 0

    def put(node: Node) -> None:
        nonlocal root
        if not stack:
            root = node
            return
        parent, pending = stack[-1]
        if isinstance(parent.value, list):
            node.path = f"{parent.path}[{len(parent.value)}]"
            node.value = _renamed(node)
            parent.value.append(node)
            return
        assert isinstance(parent.value, dict)
        if not pending:
            if not isinstance(node.value, str):
                node.fail("CFG-TYPE", "键必须是一个词", "a key must be a word")
            node.value = deprecations.current("parameter", node.value, place(file, node.line, node.column, parent.path))
            path = f"{parent.path}.{node.value}" if parent.path else node.value
            node.path = path
            if node.value in parent.value:
                first = parent.value[node.value]
                node.fail(
                    "CFG-DUPLICATE-KEY",
                    f"键 {_short(node.value)} 重复（第 {first.line} 行已有）",
                    f"key {_short(node.value)} occurs twice (first on line {first.line})",
                    "请删去其中一个",
                    "delete one of them",
                )
            pending.extend((node.value, node))
            return
        key, key_node = pending
        assert isinstance(key, str) and isinstance(key_node, Node)
        node.path = key_node.path
        node.key_place = (key_node.line, key_node.column)
        node.value = _renamed(node)
        parent.value[key] = node
        pending.clear()

    for event in events:
        if isinstance(event, yaml.DocumentStartEvent):
            n_documents += 1
            if n_documents > 1:
                _fail_at(
                    file,
                    event.start_mark.line + 1,
                    1,
                    "CFG-YAML-DOCUMENTS",
                    "文件里有多于一个 YAML 文档",
                    "the file holds more than one YAML document",
                    "请删去 --- 之后的部分",
                    "delete what follows ---",
                )
            continue
        mark = event.start_mark
        line, column = mark.line + 1, mark.column + 1
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None) is not None:
            _fail_at(
                file,
                line,
                column,
                "CFG-YAML-ALIAS",
                "不允许 YAML 锚点与别名（& 与 *）",
                "YAML anchors and aliases (& and *) are not allowed",
                "请把内容直接写出",
                "write the content out",
            )
        if getattr(event, "tag", None) is not None:
            _fail_at(
                file,
                line,
                column,
                "CFG-YAML-TAG",
                f"不允许 YAML 标签 {_short(event.tag)}",
                f"the YAML tag {_short(event.tag)} is not allowed",
                "请删去以 ! 开头的词",
                "delete the word that starts with !",
            )
        if isinstance(event, yaml.ScalarEvent):
            n_nodes += 1
            put(Node(event.value, file, line, column, "", event.style in ("'", '"')))
        elif isinstance(event, (yaml.MappingStartEvent, yaml.SequenceStartEvent)):
            n_nodes += 1
            container = Node({} if isinstance(event, yaml.MappingStartEvent) else [], file, line, column)
            put(container)
            stack.append((container, []))
            if len(stack) > MAX_DEPTH:
                _fail_at(
                    file,
                    line,
                    column,
                    "CFG-DEPTH",
                    f"嵌套超过 {MAX_DEPTH} 层",
                    f"nested deeper than {MAX_DEPTH} levels",
                    "请检查括号与缩进",
                    "check brackets and indent",
                )
        elif isinstance(event, (yaml.MappingEndEvent, yaml.SequenceEndEvent)):
            stack.pop()
        if n_nodes > MAX_NODES:
            _fail_at(
                file,
                line,
                column,
                "CFG-TOO-LARGE",
                f"文件里的值多于 {MAX_NODES:,} 个",
                f"the file holds more than {MAX_NODES:,} values",
                "请检查是否选错文件",
                "is it the right file?",
            )
    if root is not None and root.value == "" and not root.quoted:
        return None
    return root
