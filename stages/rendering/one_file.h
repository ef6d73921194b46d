#pragma once

namespace funcorr {

// One-shot mode of funcorr-render: one file, without a workspace, for debugging and comparison with other
// renderers. True when the arguments ask for it (--file).
bool asks_for_one_file(int argc, char** argv);

// Renders it: DIR/NNNN.png, NNNN.exr, cameras.json and report.json (what was imported, warnings, seconds of
// each step, rays); the report also goes to stdout. Exit status as of a stage: 0, 1 for a file that is no
// usable asset, 2 usage, 3 environment.
int render_one_file(int argc, char** argv);

}  // namespace funcorr
