#include "db/manifest/spend.h"

#include "db/manifest/connection.h"

namespace funcorr {

std::map<std::string, PastAnswers> past_answers(Manifest& manifest, const std::string& stage,
                                                const std::string& provider, const std::string& model) {
  std::map<std::string, PastAnswers> past;
  Query query(manifest,
              "SELECT category, sum(state = 'answered'), sum(state = 'answered' AND call IS NULL), "
              "sum(tokens_in), sum(tokens_out), total(cost), "
              "total(CASE WHEN state = 'answered' AND call IS NULL THEN seconds END) FROM request "
              "WHERE stage = ? AND provider = ? AND model = ? GROUP BY category",
              stage, provider, model);
  while (query.step())
    past[query.text(0)] = {query.integer(1), query.integer(2), query.integer(3),
                           query.integer(4), query.real(5),    query.real(6)};
  return past;
}

void replace_spend_estimates(Manifest& manifest, const std::string& stage, const std::string& provider,
                             const std::string& model,
                             const std::map<std::string, SpendEstimate>& by_category) {
  WriteScope scope(manifest);
  Query(manifest, "DELETE FROM spend_estimate WHERE stage = ?", stage).run();
  for (const auto& [category, estimate] : by_category)
    Query(manifest,
          "INSERT INTO spend_estimate (stage, category, provider, model, answers, tokens_in, tokens_out, "
          "cost) VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
          stage, category, provider, model, estimate.answers, estimate.tokens_in, estimate.tokens_out,
          estimate.cost)
        .run();
  scope.commit();
}

}  // namespace funcorr
