--- A small kit for authors of policies: everything that `pick(up, req, ctx)` is given, as plain
-- tables, without a proxy.
--
--     local testing = require "luaproxy.testing"
--
--     local script = assert(loadfile("scripts/leastconn.lua"))()
--     local up = { testing.backend { id = "a", inflight = 3 }, testing.backend { id = "b" } }
--     local chosen = script.pick(up, testing.request(), testing.ctx { all = up })
--     assert(chosen.id == "b")
--
-- Time and chance come in as arguments: the same test always takes the same course.

local options = require "luaproxy.testing.options"

local testing = {
  policy = { check = require "luaproxy.testing.check" },
  random = require "luaproxy.testing.random",
  request = require "luaproxy.testing.request".new,
  response = require "luaproxy.testing.response",
}

--- A backend with all the fields it has in the proxy, up and idle unless told otherwise.
-- @tparam ?table given `id`, `addr`, `weight` (1), `tier` (1), `tags`, `data`, `inflight` (0),
-- `ewma` and `ewma_at` (nil: not known yet), `fails` (0), `since` (0), `up` (true). Of `id` and
-- `addr` one is enough.
-- @treturn table
function testing.backend(given)
  given = given or {}
  local addr = given.addr or given.id and given.id .. ":80" or "127.0.0.1:9001"
  local backend = options.with_defaults({
    id = addr, addr = addr, weight = 1, tier = 1, tags = {}, data = {}, inflight = 0, up = true,
    ewma = options.NONE, ewma_at = options.NONE, fails = 0, since = 0,
  }, given)
  return backend
end

--- The context of a call.
-- @tparam ?table given `seed`: of `random` (1), `now`: seconds (0), `attempt` (1), `all`: the list
-- of all backends, `pool`: the name of the pool ("default"), `data`: a table of the script's own
-- for this request, `pools`: for background tasks, a map of names to lists
-- @treturn table with those fields, and `random` instead of the seed; they may be changed from
-- call to call
function testing.ctx(given)
  local ctx = options.with_defaults({
    seed = 1, now = 0, attempt = 1, all = {}, pool = "default", data = {}, pools = options.NONE,
  }, given)
  ctx.random, ctx.seed = testing.random(ctx.seed), nil
  return ctx
end

--- Runs a function that may wait; see luaproxy.testing.run.
-- @tparam function f
-- @tparam ?table given
-- @return what the function returns
function testing.run(f, given)
  return require "luaproxy.testing.run"(f, given)
end

--- Calls everything that a script gives to the proxy; see luaproxy.testing.dryrun.
-- @tparam table script
-- @tparam ?number pools
-- @treturn {string,...} complaints
-- @treturn {string,...} notes
function testing.dryrun(script, pools)
  return require "luaproxy.testing.dryrun"(script, pools)
end

-- Calls VISIT with the id of each of N backends that PICK chooses; "-" for none.
local function choose(pick, n, up, ctx, visit)
  ctx = ctx or testing.ctx { all = up }
  local request = testing.request()
  for _ = 1, n do
    local backend = pick(up, request, ctx)
    visit(backend and backend.id or "-")
  end
end

--- Whom a policy chooses, one after the other.
-- @tparam function pick
-- @tparam number n how many times
-- @tparam table up the list of backends
-- @tparam ?table ctx
-- @treturn string the ids with blanks between them; "-" for none
function testing.sequence(pick, n, up, ctx)
  local ids = {}
  choose(pick, n, up, ctx, function(id) ids[#ids + 1] = id end)
  return table.concat(ids, " ")
end

--- How often a policy chooses whom.
-- @tparam function pick
-- @tparam number n how many times
-- @tparam table up the list of backends
-- @tparam ?table ctx
-- @treturn table a map of ids to numbers; 0 for those never chosen
function testing.shares(pick, n, up, ctx)
  local shares = {}
  for _, backend in ipairs(up) do shares[backend.id] = 0 end
  choose(pick, n, up, ctx, function(id) shares[id] = (shares[id] or 0) + 1 end)
  return shares
end

return testing
