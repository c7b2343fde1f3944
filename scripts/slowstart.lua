-- Slow start: a backend that has just come up gets little at first and its full share after a
-- minute, so that it can warm up. Envoy's slow start, around two choices.
-- luaproxy scripts/slowstart.lua [LISTEN [BACKEND...]]

local slowstart = require "luaproxy.policy.slowstart"
local twochoices = require "luaproxy.policy.twochoices"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

return {
  listen = listen,
  backends = backends,
  pick = slowstart(twochoices(), { window = 60 }),
}
