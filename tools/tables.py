#!/usr/bin/env python3
"""Converts the standard's tables into the compact assets that the crate embeds.

    tools/tables.py DATA_FOLDER

DATA_FOLDER holds ps315_e1_1.json (Table E.1-1), iods.json and module_attributes.tsv (PS3.3). Run
only when a new edition comes out; the build needs the results, not this script.
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


def types(source, target, names):
    iods = json.loads((source / "iods.json").read_text())
    wanted = {keyword(name).lower() for name in names} | {"patientid", "patientname", "textvalue"}
    modules = {}
    for line in (source / "module_attributes.tsv").read_text().splitlines()[1:]:
        module, path, kind = line.split("\t")
        if path.split("/")[-1].lower() in wanted and kind in ("1", "1C", "2", "2C"):
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


def main():
    source = pathlib.Path(sys.argv[1])
    target = pathlib.Path(__file__).resolve().parent.parent / "assets" / "tables"
    target.mkdir(parents=True, exist_ok=True)
    types(source, target, e1_1(source, target))


main()
