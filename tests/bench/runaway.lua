-- A policy that runs away, in the way of the given number, once in fifty picks, but not before the
-- load generator has warmed up.

local runaways = require "spec.support.runaways"

local FIRST, EVERY = 1100, 50

return function(number)
  local kind = runaways[math.tointeger(tonumber(number))]
  local run_away = kind and assert(load("local kept = ... " .. kind[2])) or function() end
  local kept, picks = {}, 0
  return {
    pick = function(up)
      picks = picks + 1
      if picks > FIRST and picks % EVERY == 0 then run_away(kept) end
      return up[picks % #up + 1]
    end,
  }
end
