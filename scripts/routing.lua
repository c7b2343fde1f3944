-- Routing: the host and the path of a request decide which pool of backends serves it. Within a
-- pool, round robin. The backends are dealt out to the pools in turn: api, static, admin, api ...
-- luaproxy scripts/routing.lua [LISTEN [BACKEND...]]

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

-- The backends of the pool NUMBER of three; a pool for which there is none shares with others.
local function deal(number)
  local own = {}
  for i = (number - 1) % #backends + 1, #backends, 3 do
    own[#own + 1] = backends[i]
  end
  return { backends = own }
end

return {
  listen = listen,
  pools = { api = deal(1), static = deal(2), admin = deal(3) },
  route = function(req)
    if req.host:lower():find "^admin%." then
      return "admin"
    elseif req.path:find "^/api/" then
      return "api"
    end
    return "static" -- nil would answer 404
  end,
}
