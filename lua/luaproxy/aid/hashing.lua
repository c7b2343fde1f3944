--- What ring and Maglev have in common: a circle of slots, each of which belongs to a backend. The
-- key of a request leads to a slot, and from there it goes on to the first who may be used and
-- has room.
--
-- The circle is made of all backends of the pool, not of those who are up: when one goes down only
-- his keys move, when he comes back they return, and nothing is built anew.

local hash = require "luaproxy".hash
local identity = require "luaproxy.aid.identity"
local memo = require "luaproxy.aid.memo"
local room = require "luaproxy.aid.room"

local hashing = {}

-- All backends of the pool; only those who are up where the context does not know them.
local function everybody(up, all)
  local known = {}
  for _, b in ipairs(all) do known[b] = true end
  for _, b in ipairs(up) do
    if not known[b] then return up end
  end
  return all
end

--- A copy of a list in the order of the ids, which is the same in every proxy.
-- @tparam {table,...} backends
-- @treturn {table,...}
function hashing.sorted(backends)
  local list = table.move(backends, 1, #backends, 1, {})
  table.sort(list, function(a, b) return a.id < b.id end)
  return list
end

--- Checks how far above his fair share a backend may be. Complains at the caller of the caller.
-- @tparam ?number bound
-- @treturn ?number the same
function hashing.bound(bound)
  if bound ~= nil and (type(bound) ~= "number" or bound < 1) then
    error("bound must be a number of at least 1", 3)
  end
  return bound
end

--- Makes a policy that goes round a circle.
-- @tparam ?function|string key see `identity`
-- @tparam ?number bound see `room`
-- @tparam function make makes of all backends a table with `size`, `start(h)`: the slot for a hash,
-- and `owner(slot)`: a backend; slots are numbered from 1
-- @treturn table
function hashing.policy(key, bound, make)
  local who = identity(key)
  local circles = memo(make)
  local rooms = memo(function(up, ctx)
    local here = room.new(up, bound)
    here.circle = circles(everybody(up, ctx.all), ctx)
    return here
  end)
  local latest

  local function pick(up, req, ctx)
    local here = rooms(up, ctx)
    local circle = here.circle
    if ctx.attempt == 1 then latest = here end
    here:look()
    local slot, size = circle.start(hash(who(req))), circle.size
    for _ = 1, 2 * size do
      local b = circle.owner(slot)
      if here:has(b) then
        here:take(b)
        return b
      end
      slot = slot % size + 1
    end
    return up[1]
  end

  return {
    pick = pick,
    done = bound and function(backend)
      if latest then latest:see(backend) end
    end,
  }
end

return hashing
