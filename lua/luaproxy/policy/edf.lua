--- Weighted round robin for hundreds: earliest deadline first, as in Envoy (EdfScheduler).
--
--     pick = require "luaproxy.policy.edf"()
--
-- A backend is due every 1/weight; whoever is due first is chosen, and found on top of a heap.
-- First deadlines are drawn by chance, or the heaviest would come first after every change.

local heap = require "luaproxy.aid.heap"
local memo = require "luaproxy.aid.memo"

-- The earliest deadline in FORMER, a map of backends to entries, of those who are UP; or 0.
local function earliest(up, former)
  local least = math.huge
  for _, b in ipairs(up) do
    if former[b] and former[b].key < least then least = former[b].key end
  end
  return least < math.huge and least or 0
end

-- Entries for those who are UP: with the deadlines they had in FORMER, the others from now on.
local function schedule(up, former, random)
  local queue, now = { of = {} }, earliest(up, former)
  for i, b in ipairs(up) do
    local key = former[b] and former[b].key or now + random() / b.weight
    queue[i] = { backend = b, key = key, order = i }
    queue.of[b] = queue[i]
  end
  heap.make(queue)
  return queue
end

-- Whoever of a few, most of whom are in QUEUE, is due first: for second attempts.
local function first_due(few, queue)
  local first
  for _, b in ipairs(few) do
    local entry = queue.of[b]
    if entry and (not first or entry.key < first.key) then first = entry end
  end
  return first
end

-- The choice of an entry: it is due again a while later.
local function serve(queue, entry)
  entry.key = entry.key + 1 / entry.backend.weight
  heap.fix(queue, entry)
  return entry.backend
end

--- Makes the policy.
-- @treturn table
local function edf()
  local latest = { of = {} }
  local queues = memo(function(up, ctx) return schedule(up, latest.of, ctx.random) end)

  return {
    pick = function(up, _, ctx)
      if ctx.attempt > 1 then
        local entry = first_due(up, latest)
        return entry and serve(latest, entry) or up[ctx.random(#up)]
      end
      latest = queues(up, ctx)
      return serve(latest, latest[1])
    end,
  }
end

return edf
