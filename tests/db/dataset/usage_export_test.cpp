#include "db/dataset/usage_export.h"

#include "db/format/error.h"
#include "tests/catch.h"

namespace funcorr {
namespace {

using Catch::Matchers::ContainsSubstring;

constexpr const char* kUsage =
    "start_time,end_time,start_time_iso,end_time_iso,input_tokens,output_tokens,input_cached_tokens,"
    "num_model_requests,project_id,user_id,api_key_id,model,batch,service_tier\n"
    "1790467200,1790553600,2026-09-27T00:00:00+00:00,2026-09-28T00:00:00+00:00,900,80,0,12,p,,,"
    "gpt-4o-2024-08-06,false,\n"
    "1790553600,1790640000,2026-09-28T00:00:00+00:00,2026-09-29T00:00:00+00:00,90,8,0,3,p,,,gpt-4o,false,\n"
    "1790553600,1790640000,2026-09-28T00:00:00+00:00,2026-09-29T00:00:00+00:00,90,8,0,5,p,,,"
    "gpt-4o-mini-2024-07-18,false,\n";

}  // namespace

TEST_CASE("An export of usage counts requests by model, dated versions of it included") {
  const UsageExport usage = parse_usage_export(kUsage, "usage.csv");
  CHECK(usage.begin == 1790467200);
  CHECK(usage.end == 1790640000);
  CHECK(usage.counts_requests);
  CHECK_FALSE(usage.tells_money);
  CHECK(usage.of("gpt-4o").requests == 15);
  CHECK(usage.of("gpt-4o-mini").requests == 5);
  CHECK(usage.of("gpt-4o-2024-08-06").requests == 12);
  CHECK(usage.of("gpt-5").requests == 0);
}

TEST_CASE("An export of costs tells money by the model that its lines name, times may be words") {
  const UsageExport usage = parse_usage_export(
      "start_time_iso,amount_value,amount_currency,line_item,organization_name\n"
      "2026-09-27T00:00:00+00:00,0.25,usd,\"gpt-4o-2024-08-06, input\",we\n"
      "2026-09-27,0.5,usd,\"gpt-4o-2024-08-06, output\",we\n"
      ",0.75,usd,,\n",
      "cost.csv");
  CHECK(usage.begin == 1790467200);
  CHECK(usage.end == 1790553600);  // a day
  CHECK_FALSE(usage.counts_requests);
  CHECK(usage.of("gpt-4o").money == 0.75);
}

TEST_CASE("A file that is no such export is refused by what is not known or lacks") {
  const auto refused = [](const char* text, const char* why) {
    CHECK_THROWS_WITH(parse_usage_export(text, "usage.csv"),
                      ContainsSubstring("usage.csv") && ContainsSubstring(why));
    CHECK_THROWS_AS(parse_usage_export(text, "usage.csv"), UsageError);
  };
  refused("start_time,num_model_requests,spam,ham\n", "spam, ham are not known");
  refused("num_model_requests,model\n", "start_time");
  refused("start_time,model\n", "num_model_requests");
  refused("start_time,num_model_requests\n1790467200,twelve\n", "2: num_model_requests is \"twelve\"");
  refused("start_time_iso,num_model_requests\nyesterday,1\n", "2: start_time_iso is \"yesterday\"");
  refused("", "usage.csv");
}

}  // namespace funcorr
