--- The power of two choices: of two backends drawn at random, the less busy one.
-- Mitzenmacher, "The Power of Two Choices in Randomized Load Balancing", 2001.
--
--     pick = require "luaproxy.policy.twochoices"()
--
-- Costs the same for three backends and for a thousand.

local function pick(up, _, ctx)
  local n = #up
  if n == 1 then return up[1] end
  local pair = ctx.random(n * (n - 1)) - 1 -- one draw for both
  local i, j = pair // (n - 1) + 1, pair % (n - 1) + 1
  if j >= i then j = j + 1 end -- two different ones
  local a, b = up[i], up[j]
  -- Cross-multiplied: no division, no rounding.
  if (b.inflight + 1) * a.weight < (a.inflight + 1) * b.weight then return b end
  return a
end

--- Makes the policy.
-- @treturn table
local function twochoices()
  return { pick = pick }
end

return twochoices
