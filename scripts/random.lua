-- Random: by chance alone. Nothing to count, and no two proxies fall into step.
-- luaproxy scripts/random.lua [LISTEN [BACKEND...]]

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

return {
  listen = listen,
  backends = backends,
  pick = function(up, _, ctx)
    return up[ctx.random(#up)]
  end,
}
