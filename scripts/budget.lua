-- Retries within a budget: an outage does not make twice as many requests of all.
-- After Finagle's RetryBudget: a fifth of the requests may be tried again, and three a second.
-- luaproxy scripts/budget.lua [LISTEN [BACKEND...]]

local budget = require "luaproxy.policy.budget"
local leastconn = require "luaproxy.policy.leastconn"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

return {
  listen = listen,
  backends = backends,
  retry = { tries = 3 },
  pick = budget(leastconn(), { share = 0.2, floor = 3 }),
}
