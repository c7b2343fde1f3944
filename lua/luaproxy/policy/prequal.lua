--- Prequal: probing to reduce queuing and latency. Wydrowski, Kleinberg, Rumble, Archer, "Load is
-- not what you should balance: Introducing Prequal", NSDI 2024.
--
--     pick = prequal()                      -- by what the proxy knows of the backends
--     local chooser = prequal { own = 0 }   -- by what they say when a task of `every` asks them:
--     chooser.probe(backend, { inflight = 3, latency = 0.02 }, luaproxy.now())
--
-- A few probes say how many requests backends had in flight a moment ago, and how long one takes
-- there. Those with more in flight than a quantile of the probes are hot. Of the cold ones the
-- fastest is chosen; if all are hot, the one with the fewest in flight; with less than two probes,
-- anyone. Probes are used up and grow old, and for each request the oldest or the worst goes.

local memo = require "luaproxy.aid.memo"
local options = require "luaproxy.aid.options"
local probes = require "luaproxy.aid.probes"

local TAU = 10 -- seconds of memory in a backend's average latency

local prequal = {}

--- How often a probe is to be used so that probes do not run out.
-- @tparam number n how many backends there are
-- @tparam number size of the pool of probes
-- @tparam number rate probes put in for each request
-- @tparam number remove probes taken away for each request
-- @treturn number at least 1
function prequal.reuse(n, size, rate, remove)
  local surplus = (1 - size / n) * rate - remove
  return surplus > 0 and math.max(1, 2 / surplus) or 1
end

-- What the proxy knows. Where it knows nothing, one request at a time is to find out.
local function latency_of(b, now)
  if b.ewma then return b.ewma * math.exp((b.ewma_at - now) / TAU) end
  return b.inflight == 0 and 0 or math.huge
end

-- Writes into SORTED the requests in flight of the probes of those who are USABLE, fewest first.
local function sort_inflight(pool, usable, sorted)
  local n = 0
  for at = 1, pool.n do
    if usable[pool[at].backend] then
      local inflight, slot = pool[at].inflight, n
      while slot > 0 and sorted[slot] > inflight do
        sorted[slot + 1], slot = sorted[slot], slot - 1
      end
      sorted[slot + 1], n = inflight, n + 1
    end
  end
  return n
end

-- Is probe a better than b? Cold before hot; of cold ones the faster, of hot ones the emptier.
local function better(a, b, cold)
  if b.inflight > cold then return a.inflight < b.inflight end
  return a.inflight <= cold and a.latency < b.latency
end

-- The best probe of those who are USABLE, and the worst of all. COLD is the number of requests up
-- to which one is cold.
local function extremes(pool, usable, cold)
  local best, worst
  for at = 1, pool.n do
    local probe = pool[at]
    if not worst or better(worst, probe, cold) then worst = probe end
    if usable[probe.backend] and (not best or better(probe, best, cold)) then best = probe end
  end
  return best, worst
end

local OPTIONS = { "size", "age", "rate", "remove", "quantile", "own", "load" }

--- Makes the policy; its field `probe(backend, load, now)` puts in a probe: `load.inflight`, a
-- number of requests, and `load.latency` in seconds.
-- @tparam ?table given `size` of the pool of probes (16); `age`: seconds until one is too old (1);
-- `rate`: probes put in for each request (3); `remove`: those taken away (1); `quantile` above
-- which a backend is hot (0.84); `own`: how many backends, drawn by chance, are probed at each
-- choice by what the proxy knows of them itself (3); `load`: a function that gives what a backend
-- has said of itself last, as for `probe`, and nil where only the proxy knows something
-- @treturn table
local function new(_, given)
  given = options(given, OPTIONS)
  local size, age, quantile = given.size or 16, given.age or 1, given.quantile or 2 ^ -0.25
  local rate, remove, own = given.rate or 3, given.remove or 1, given.own or 3
  local load_of = given.load or function() return nil end
  local pool, sorted, uses = probes.new(size), {}, 1
  local due, turn_of_oldest = 0, true
  local set_of = memo(function(up)
    local set = {}
    for _, b in ipairs(up) do set[b] = true end
    return set
  end)

  local function probe_own(up, ctx)
    for _ = 1, own do
      local b = up[ctx.random(#up)]
      local said = load_of(b)
      if said then
        pool:put(b, said.inflight, said.latency, ctx.now, uses)
      else
        pool:put(b, b.inflight, latency_of(b, ctx.now), ctx.now, uses)
      end
    end
  end

  -- Takes away, in turn, the oldest and the worst.
  local function thin_out(worst)
    due = due + remove
    while due >= 1 do
      pool:drop(turn_of_oldest and pool:oldest() or worst)
      due, turn_of_oldest = due - 1, not turn_of_oldest
    end
  end

  local function pick(up, _, ctx)
    uses = prequal.reuse(#up, size, rate, remove)
    pool:drop_before(ctx.now - age)
    probe_own(up, ctx)
    local usable = set_of(up, ctx)
    local n = sort_inflight(pool, usable, sorted)
    if n < 2 then return up[ctx.random(#up)], "random" end

    local cold = sorted[1 + math.floor(quantile * (n - 1))]
    local best, worst = extremes(pool, usable, cold)
    local backend, reason = best.backend, best.inflight <= cold and "cold" or "hot"
    pool:use(best, ctx.random)
    thin_out(worst)
    return backend, reason
  end

  return {
    pick = pick,
    probe = function(backend, load, now)
      pool:put(backend, load.inflight, load.latency, now, uses)
    end,
  }
end

return setmetatable(prequal, { __call = new })
