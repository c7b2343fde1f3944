-- Least connections for hundreds of backends: who has the fewest requests is on top of a heap.
-- luaproxy scripts/leastheap.lua [LISTEN [BACKEND...]]

local leastheap = require "luaproxy.policy.leastheap"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

return {
  listen = listen,
  backends = backends,
  pick = leastheap(),
}
