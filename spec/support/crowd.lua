--- Requests for the specs of policies: many of them, which begin and end as chance has it, without
-- a clock and without a proxy. In-flight counts are kept as the core keeps them.

local testing = require "luaproxy.testing"

local crowd = {}

--- Backends named "b001", "b002" …
-- @tparam number n how many
-- @treturn {table,...}
function crowd.backends(n)
  local list = {}
  for i = 1, n do list[i] = testing.backend { id = ("b%03d"):format(i) } end
  return list
end

--- A request whose X-User is this.
-- @tparam string user
-- @treturn table
function crowd.from(user)
  return testing.request { headers = { ["x-user"] = user } }
end

--- Whom a policy chooses for each of many users.
-- @tparam table policy
-- @tparam number n how many users
-- @tparam {table,...} up
-- @tparam table ctx
-- @treturn {string,...} ids
function crowd.owners(policy, n, up, ctx)
  local owners = {}
  for i = 1, n do
    owners[i] = policy.pick(up, { headers = { ["x-user"] = "user" .. i }, client = {} }, ctx).id
  end
  return owners
end

--- How many entries of two lists differ, leaving out those that are NOT_COUNTED in the first.
-- @tparam table before
-- @tparam table after
-- @tparam ?string not_counted
-- @treturn number
function crowd.moved(before, after, not_counted)
  local n = 0
  for i = 1, #before do
    if before[i] ~= after[i] and before[i] ~= not_counted then n = n + 1 end
  end
  return n
end

--- Lets requests begin and end: each step is a request that begins, or, at a backend that chance
-- names, one that ends if there is any. With exponential times this is the queue of the textbooks,
-- seen at the jumps of a clock that ticks for all (uniformization).
-- @tparam table policy
-- @tparam {table,...} up
-- @tparam table options `load` for each backend, below 1; `steps`; `random`; `ctx`; `watch`: called
-- with a backend after it has got a request; `request`: a function that makes one (nil: none)
-- @treturn number the mean time of a request in those of its service
function crowd.run(policy, up, options)
  local random, n, ctx = options.random, #up, options.ctx
  local arrives = options.load / (1 + options.load)
  local inside, sum = 0, 0
  for _ = 1, options.steps do
    if random() < arrives then
      local b = policy.pick(up, options.request and options.request(), ctx)
      b.inflight, inside = b.inflight + 1, inside + 1
      if options.watch then options.watch(b) end
    else
      local b = up[random(n)]
      if b.inflight > 0 then
        b.inflight, inside = b.inflight - 1, inside - 1
        if policy.done then policy.done(b, {}, ctx) end
      end
    end
    sum = sum + inside
  end
  return sum / options.steps / (options.load * n)
end

return crowd
