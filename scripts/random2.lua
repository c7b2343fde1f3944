-- The power of two choices: of two backends drawn at random, the less busy one.
-- Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001.
-- luaproxy scripts/random2.lua [LISTEN [BACKEND...]]

local listen, backends = ... or ":8080", { select(2, ...) }
if #backends == 0 then
  backends = { "127.0.0.1:9001", "127.0.0.1:9002", "127.0.0.1:9003" }
end

return {
  listen = listen,
  backends = backends,
  pick = function(up, _, ctx)
    local n = #up
    if n == 1 then
      return up[1]
    end
    local pair = ctx.random(n * (n - 1)) - 1 -- one draw for both
    local i, j = pair // (n - 1) + 1, pair % (n - 1) + 1
    if j >= i then
      j = j + 1 -- two different ones
    end
    local a, b = up[i], up[j]
    if (b.inflight + 1) * a.weight < (a.inflight + 1) * b.weight then
      return b
    end
    return a
  end,
}
