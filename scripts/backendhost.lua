-- Round robin over URLs, each of which is told its own name as the Host.
-- luaproxy scripts/backendhost.lua [LISTEN [URL...]]

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "http://127.0.0.1:9001/", "http://127.0.0.1:9002/", "http://127.0.0.1:9003/" }
end

local turn = 0

return {
  listen = listen,
  backends = backends,
  host = "backend",
  pick = function(up)
    turn = turn % #up + 1
    return up[turn]
  end,
}
