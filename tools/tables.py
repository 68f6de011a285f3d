#!/usr/bin/env python3
"""Converts the standard's tables into the compact assets that the crate embeds.

    tools/tables.py DATA_FOLDER

DATA_FOLDER holds ps315_e1_1.json (Table E.1-1), iods.json and module_attributes.tsv (PS3.3); pydicom
(PyPI) knows the tags. Run only when a new edition comes out; the build needs the results, not this
script.
"""
import json
import pathlib
import re
import sys

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


def main():
    source = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).resolve().parent.parent / "assets" / "tables"
    target.mkdir(parents=True, exist_ok=True)
    types(source, target, e1_1(source, target))
    items(source, target)


main()
