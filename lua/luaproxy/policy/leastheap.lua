--- Least connections for hundreds: whoever has the fewest requests in flight for its weight is on
-- top of a heap; equals take turns.
--
--     pick = require "luaproxy.policy.leastheap"()
--
-- The heap is put right in `pick` and in `done`, so it is exact as long as nobody else gives
-- requests to the backends. If somebody does, what has come to the top is compared with the
-- facts before it is chosen, and one backend more, in turn, with every choice.

local heap = require "luaproxy.aid.heap"
local leastconn = require "luaproxy.policy.leastconn"
local memo = require "luaproxy.aid.memo"

-- Puts an entry where N requests in flight belong.
local function place(queue, entry, n)
  entry.key = (n + 1) / entry.backend.weight
  heap.fix(queue, entry)
end

-- Does the entry say what is true? If not it does now.
local function is_true(queue, entry)
  local b = entry.backend
  if entry.key == (b.inflight + 1) / b.weight then return true end
  place(queue, entry, b.inflight)
  return false
end

-- Entries for those who are UP, in an order that chance has made.
local function line_up(up, random)
  local queue = { of = {}, look = 0, turn = #up }
  for i, b in ipairs(up) do
    queue[i] = { backend = b, key = (b.inflight + 1) / b.weight, order = random() }
    queue.of[b] = queue[i]
  end
  heap.make(queue)
  return queue
end

--- Makes the policy.
-- @treturn table
local function leastheap()
  local latest = { of = {} }
  local queues = memo(function(up, ctx) return line_up(up, ctx.random) end)
  local second = leastconn().pick -- for second attempts

  local function pick(up, req, ctx)
    if ctx.attempt > 1 then return second(up, req, ctx) end
    local queue = queues(up, ctx)
    latest = queue
    queue.look = queue.look % #queue + 1
    is_true(queue, queue[queue.look])
    repeat until is_true(queue, queue[1])

    local entry = queue[1]
    queue.turn = queue.turn + 1
    entry.order = queue.turn
    place(queue, entry, entry.backend.inflight + 1) -- the request that it is about to get
    return entry.backend
  end

  return {
    pick = pick,
    done = function(backend)
      local entry = latest.of[backend]
      if entry then is_true(latest, entry) end
    end,
  }
end

return leastheap
