-- Round robin: every backend gets its turn.
-- luaproxy scripts/roundrobin.lua [LISTEN [BACKEND...]]

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

local turn = 0

return {
  listen = listen,
  backends = backends,
  pick = function(up)
    turn = turn % #up + 1
    return up[turn]
  end,
}
