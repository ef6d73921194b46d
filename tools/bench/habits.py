#!/usr/bin/env python3
"""What a run of ground costs on servers with other habits: calls and money by the server's own count.

  tools/bench/habits.py --workspace W --ground build/bin/funcorr-ground [--ground OLDER/funcorr-ground]
                        [--server build/bin/funcorr-simulated-server] [HABIT …]

W is a workspace that is rendered and has parts (the demo's); it is copied, but for its assets, and its labels are
forgotten; the first --assets of it are asked for. For each habit of funcorr-simulated-server (all but those of other APIs, or those named) and each program, one
run with a fresh server and manifest, at a price of 1 per million tokens in and 4 out; a table in Markdown is printed.
"""
import argparse
import json
import os
import pathlib
import re
import shutil
import sqlite3
import subprocess
import tempfile
import urllib.request

LABELS = ("request", "box", "heat", "provider", "batch", "spend_estimate", "pilot")


def forget_labels(manifest, assets):
    connection = sqlite3.connect(manifest)
    tables = {row[0] for row in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")}
    connection.execute("PRAGMA foreign_keys = OFF")
    for table in LABELS:
        if table in tables:
            connection.execute(f"DELETE FROM {table}")
    connection.execute("DELETE FROM item WHERE stage NOT IN ('catalog', 'filter', 'render', 'parts')")
    connection.execute("DELETE FROM item WHERE stage = 'render' AND key NOT IN "
                       "(SELECT key FROM item WHERE stage = 'render' ORDER BY key LIMIT ?)", (assets,))
    connection.commit()
    connection.close()


def known_habits(server):
    text = subprocess.run([server, "--help"], check=True, text=True, stdout=subprocess.PIPE).stdout
    return re.findall(r"^\s+([a-z0-9_]+): ", text, re.MULTILINE)


def run(server, ground, workspace, habit, scratch, timeout, assets):
    folder = pathlib.Path(tempfile.mkdtemp(dir=scratch))
    for name in ("manifest.sqlite", "funcorr.toml"):
        if (workspace / name).exists():
            shutil.copy(workspace / name, folder / name)
    forget_labels(folder / "manifest.sqlite", assets)
    os.symlink((workspace / "assets").resolve(), folder / "assets")
    arguments = [server, "-w", folder, "--port", "0"] + (["--habit", habit] if habit else [])
    with subprocess.Popen(arguments, text=True, stdout=subprocess.PIPE) as process:
        url = process.stdout.readline().strip()
        try:
            ran = subprocess.run([ground, "-w", folder, "--servers", url, "--model", "simulated", "--transport", "http",
                                  "--price-in", "1", "--price-out", "4", "--quiet"],
                                 text=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, timeout=timeout)
            status, said = ran.returncode, ran.stderr.strip().splitlines()
        except subprocess.TimeoutExpired:
            status, said = f"none in {timeout} s", []
        with urllib.request.urlopen(url.removesuffix("/v1") + "/billing") as answer:
            bill = json.load(answer)
        process.terminate()
    connection = sqlite3.connect(folder / "manifest.sqlite")
    boxes = connection.execute("SELECT count(*) FROM box WHERE flag = ''").fetchone()[0]
    booked = connection.execute("SELECT total(cost) FROM request").fetchone()[0]
    connection.close()
    shutil.rmtree(folder)
    money = (bill["prompt_tokens"] + 4 * bill["completion_tokens"]) * 1e-6
    return {"calls": bill["requests"], "money": money, "booked": booked, "boxes": boxes, "status": status,
            "said": said[-1] if said else ""}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--workspace", type=pathlib.Path, required=True)
    parser.add_argument("--ground", action="append", required=True)
    parser.add_argument("--server", default="build/bin/funcorr-simulated-server")
    parser.add_argument("--scratch", default=tempfile.gettempdir())
    parser.add_argument("--assets", type=int, default=12)
    parser.add_argument("--timeout", type=float, default=300)
    parser.add_argument("habits", nargs="*", metavar="HABIT")
    arguments = parser.parse_args()
    print("| habit | program | calls | money (server) | money (ledger) | boxes | exit |\n|---|---|---|---|---|---|---|")
    for habit in ["", *(arguments.habits or known_habits(arguments.server))]:
        for ground in arguments.ground:
            end = run(arguments.server, ground, arguments.workspace, habit, arguments.scratch, arguments.timeout,
                      arguments.assets)
            print(f"| {habit or 'none'} | {ground} | {end['calls']} | {end['money']:.4f} | {end['booked']:.4f} | "
                  f"{end['boxes']} | {end['status']} |", flush=True)
            if end["status"] != 0:
                print(f"<!-- {end['said'][:300]} -->", flush=True)


if __name__ == "__main__":
    main()
