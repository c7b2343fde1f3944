--- A wrapper that keeps retries within a budget, so that an outage makes no storm of them.
--
--     pick = budget(leastconn(), { share = 0.2, floor = 3 })
--
-- As Finagle's RetryBudget: of the requests of the last `window` seconds a share may be tried once
-- more, and `floor` a second besides, for those who have few. For a retry that is not granted
-- `pick` gives nil: the client hears of the first failure.

local options = require "luaproxy.aid.options"
local wrap = require "luaproxy.aid.wrap"

-- Counts requests and retries by the second, and forgets those before the window.
local ledger = {}
ledger.__index = ledger

function ledger.new(window)
  local self = setmetatable({ window = window, requests = 0, retries = 0, slots = {} }, ledger)
  for i = 0, window - 1 do self.slots[i] = { second = -math.huge, requests = 0, retries = 0 } end
  return self
end

-- The slot of this second; what is too old by now does not count any more.
function ledger:slot(now)
  local second = math.floor(now)
  if second ~= self.second then
    self.second = second
    for i = 0, self.window - 1 do
      local slot = self.slots[i]
      if slot.second <= second - self.window then
        self.requests = self.requests - slot.requests
        self.retries = self.retries - slot.retries
        slot.requests, slot.retries, slot.second = 0, 0, math.huge
      end
    end
  end
  local slot = self.slots[second % self.window]
  slot.second = second
  return slot
end

function ledger:add(now, what)
  local slot = self:slot(now)
  slot[what] = slot[what] + 1
  self[what] = self[what] + 1
end

--- Makes the policy.
-- @tparam function|table p the policy that chooses
-- @tparam ?table given `share` of the requests (0.2), `floor`: retries a second (3), `window`:
-- whole seconds (10)
-- @treturn table
local function budget(p, given)
  p = wrap.policy(p)
  given = options(given, { "share", "floor", "window" })
  local share, window = given.share or 0.2, given.window or 10
  local reserve = (given.floor or 3) * window
  local counts = ledger.new(window)

  return wrap.around(p, function(up, req, ctx)
    if ctx.attempt == 1 then
      counts:add(ctx.now, "requests")
      return p.pick(up, req, ctx)
    end
    counts:slot(ctx.now)
    if counts.retries + 1 > share * counts.requests + reserve then
      return nil, "no retries left"
    end
    counts:add(ctx.now, "retries")
    return p.pick(up, req, ctx)
  end)
end

return budget
