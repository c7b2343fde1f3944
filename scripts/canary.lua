-- Canary: five people of a hundred try the last backend, which has the new version. They are known
-- by the cookie "uid" or else by their address, and stay where they are; "X-Canary: always" and
-- "X-Canary: never" let anybody choose. If the canary dies, the others serve its people.
-- luaproxy scripts/canary.lua [LISTEN [BACKEND...]]

local canary = require "luaproxy.policy.canary"
local roundrobin = require "luaproxy.policy.roundrobin"
local tiered = require "luaproxy.policy.tiered"

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

local stable = { table.unpack(backends, 1, math.max(1, #backends - 1)) }
local new = { backends[#backends] }
for i = 1, #backends - 1 do
  new[i + 1] = { backends[i], tier = 2 }
end

return {
  listen = listen,
  pools = {
    stable = { backends = stable, pick = roundrobin() },
    canary = { backends = new, pick = tiered(roundrobin()) },
  },
  route = canary { pool = "canary", otherwise = "stable", percent = 5, key = "cookie:uid" },
}
