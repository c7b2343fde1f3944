-- A rate limit for each client: a hundred requests at once, then ten a second; who wants more is
-- told to wait (429, Retry-After). Without `pick`, backends take turns.
-- luaproxy scripts/ratelimit.lua [LISTEN [BACKEND...]]

local luaproxy = require "luaproxy"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

return {
  listen = listen,
  backends = backends,
  request = luaproxy.limit {
    rate = 10,
    burst = 100,
    key = function(req) return req.client.ip end,
  },
}
