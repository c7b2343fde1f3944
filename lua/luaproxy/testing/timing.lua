--- How long a policy takes to choose.

local clock = os.clock
local requests = require "luaproxy.testing.requests"
local world = require "luaproxy.testing.world"

local SIZES = { 10, 100, 1000 }
local BATCH, TIME = 20, 0.004       -- picks between two looks at the clock; seconds for each size
local TOO_LONG = 1                  -- seconds that the first choice of a size may take

local function equal(n)
  local weights = {}
  for i = 1, n do weights[i] = 1 end
  return weights
end

-- Seconds for a choice, and for the first one, which may have to prepare tables.
local function measure(subject, size, dress)
  local w = world.new(subject, { seed = 1, weights = equal(size) }, { none = true, dress = dress })
  local begun = clock()
  w:pick(requests.ordinary(1))
  local first = clock() - begun
  local pick, up, ctx, n = w.policy.pick, w.up, w.ctx, 0
  local list = {}
  for i = 1, BATCH do list[i] = requests.ordinary(i) end
  local spent
  begun = clock()
  repeat
    for i = 1, BATCH do pick(up, list[i], ctx) end
    n, spent = n + BATCH, clock() - begun
  until spent > TIME
  return spent / n, first
end

--- Measures with 10, 100 and 1,000 backends.
-- @tparam table subject
-- @tparam ?function dress changes the backends before
-- @treturn table seconds by number of backends; the larger ones are left out if they took too long
local function times(subject, dress)
  local result, last = {}, 0
  for _, size in ipairs(SIZES) do
    if last * 10 > TOO_LONG then break end
    local ok, each, first = pcall(measure, subject, size, dress)
    if not ok then break end
    result[size], last = each, math.max(first, each * BATCH)
  end
  return result
end

return times
