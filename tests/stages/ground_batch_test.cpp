// The stage ground by the Batch API of the simulated server: the same labels for half the money, whatever
// becomes of the batches and of us.
#include <csignal>

#include <SQLiteCpp/SQLiteCpp.h>

#include "tests/catch.h"
#include "tests/stages/ground_workspace.h"

namespace funcorr {
namespace {

using namespace tests;  // NOLINT(google-build-using-namespace)

constexpr double kPriceIn = 2, kPriceOut = 10;  // per million tokens

std::vector<std::string> by_batch(std::vector<std::string> more = {}) {
  more.insert(more.end(), {"--transport", "batch", "--batch-poll-s", "0.1", "--price-in", "2", "--price-out",
                           "10", "--retry-delay-s", "0.01", "--pilot", "0"});
  return more;
}

double whole_price(const SimulatedBill& bill) {
  return 1e-6 * (kPriceIn * static_cast<double>(bill.prompt_tokens) +
                 kPriceOut * static_cast<double>(bill.completion_tokens));
}

bool has_batch_files(const Workspace& workspace) {
  return !std::filesystem::is_empty(workspace.root / "batch");
}

bool stores_id_of_batch(const Workspace& workspace) {
  Manifest manifest(workspace.manifest());
  return manifest.connection().execAndGet("SELECT count(*) FROM batch WHERE remote_id <> ''").getInt() == 1;
}

}  // namespace

TEST_CASE("Boxes by batch are those of single requests, at the discount, and no file is left") {
  const GroundWorkspace singly, made;
  {
    const RunningServer server(server_options(singly.workspace));
    REQUIRE(singly.run(server.url()).status == 0);
  }
  const RunningServer server(server_options(made.workspace));
  const auto ran = made.run(server.url(), by_batch({"--batch-requests", "20", "--batch-items", "1"}));
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  CHECK(made.boxes() == singly.boxes());
  CHECK_FALSE(made.boxes().empty());
  const SimulatedBill bill = server.bill();
  const Ledger::Spend spend = made.spend();
  // 32 first questions of all parts by 20 and 12, then the 16 about the crops: in two batches, where those of
  // the first batch are there before the second one's.
  CHECK(bill.batches >= 3);
  CHECK(bill.batches <= 4);
  CHECK(bill.repeated_answers == 0);
  CHECK(spend.answered == bill.answers);
  CHECK_THAT(spend.cost, Catch::WithinRel(0.5 * whole_price(bill), 1e-6));
  CHECK_FALSE(has_batch_files(made.workspace));
}

TEST_CASE("Of batches that expire the answers are kept, and only the rest is sent again") {
  const GroundWorkspace made;
  SimulatedServerOptions options = server_options(made.workspace);
  options.batches = {1.0, 0.6};
  options.faults.server_error = 0.05;
  const RunningServer server(options);
  const auto ran = made.run(server.url(), by_batch({"--request-attempts", "50"}));
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  const SimulatedBill bill = server.bill();
  const Ledger::Spend spend = made.spend();
  CHECK(bill.batches > 4);
  CHECK(bill.repeated_answers == 0);
  CHECK(spend.answered == GroundWorkspace::kAssets * 4 * 3 * 4);
  CHECK(spend.answered == bill.answers);
  CHECK(spend.in_doubt == 0);
  CHECK_THAT(spend.cost, Catch::WithinRel(0.5 * whole_price(bill), 1e-6));
}

TEST_CASE("A ground that is killed while its batch runs harvests that batch, by its id, when it is back") {
  const GroundWorkspace made;
  SimulatedServerOptions options = server_options(made.workspace);
  options.batches.seconds = 1.5;
  const RunningServer server(options);
  {
    Program program(GroundWorkspace::program(), made.arguments(server.url(), by_batch()));
    REQUIRE(wait_until([&] { return stores_id_of_batch(made.workspace); }));
    REQUIRE(server.bill().batches == 1);
    program.kill(SIGKILL);
    program.wait();
  }
  const auto ran = made.run(server.url(), by_batch());
  INFO(ran.out << ran.err);
  REQUIRE(ran.status == 0);
  const SimulatedBill bill = server.bill();
  const Ledger::Spend spend = made.spend();
  CHECK(bill.batches == 2);  // the second asks about the crops
  CHECK(bill.repeated_answers == 0);
  CHECK(spend.answered == bill.answers);
  CHECK(spend.in_doubt == 0);
  CHECK(spend.reserved == 0);
  CHECK_FALSE(has_batch_files(made.workspace));
}

}  // namespace funcorr
