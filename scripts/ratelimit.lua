-- A rate limit for each client: so many requests at once, then so many a second; who wants more
-- is told to wait (429, Retry-After). Of each client one number is kept, the moment at which its
-- bucket of tokens will be full again, and of the latest 20,000 clients only. Without `pick`,
-- backends take turns. It is the token bucket as ATM's generic cell rate algorithm has it.
-- luaproxy scripts/ratelimit.lua [LISTEN [BACKEND...]]

local luaproxy = require "luaproxy"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

local RATE, BURST = 10, 100 -- requests: a second, at once
local full_at = luaproxy.cache(20000)

return {
  listen = listen,
  backends = backends,
  request = function(req, ctx)
    local client = req.client.ip
    local full = math.max(ctx.now, full_at[client] or 0) + 1 / RATE
    local wait = full - BURST / RATE - ctx.now
    if wait > 1e-6 then -- more than what is an error of rounding
      local seconds = ("%d"):format(math.ceil(wait))
      return { status = 429, headers = { ["Retry-After"] = seconds }, body = "Slow down.\n" }
    end
    full_at[client] = full
  end,
}
