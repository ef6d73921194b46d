#pragma once

#include "pipeline/runtime_stage.h"

namespace funcorr {

// main() of a worker process: reads its context and its items (worker_protocol.h), confines itself, works,
// answers. Standard output is turned into standard error, so that what libraries print cannot get into an
// answer. Ends when its jobs do, and dies with the stage process. Returns the exit status.
int worker_main(RuntimeStage& stage);

}  // namespace funcorr
