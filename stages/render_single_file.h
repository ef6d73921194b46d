#pragma once

namespace funcorr {

// One-shot mode of funcorr-render: one file, without a workspace, for debugging and comparison with other
// renderers. True when the arguments ask for it (--file).
bool asks_for_single_file(int argc, char** argv);

// Renders it (render/views/single_file.h); the report also goes to stdout. Exit status as of a stage, 1 for a
// file that cannot be rendered.
int render_single_file_main(int argc, char** argv);

}  // namespace funcorr
