-- What every policy of the library promises, alone and within every wrapper.

local avoid = require "luaproxy.policy.avoid"
local pools = require "spec.support.pools"
local slowstart = require "luaproxy.policy.slowstart"
local sticky = require "luaproxy.policy.sticky"
local testing = require "luaproxy.testing"
local tiered = require "luaproxy.policy.tiered"

local NAMES = {
  "roundrobin", "weighted", "edf", "random", "twochoices", "leastconn", "leastheap", "peakewma",
  "ring", "maglev", "rendezvous", "prequal",
}

-- One of each sort: turns, numbers by id, a heap, a table.
local WRAPPED = { roundrobin = true, weighted = true, leastheap = true, maglev = true }

local SECRET = "quite a long secret"

-- Policies and how to make them, in an order that lasts.
local kinds = {}

local function add(name, new)
  kinds[#kinds + 1] = { name = name, new = new }
end

local OPTIONS = { ring = { points = 10 }, maglev = { size = 211 } }

for _, name in ipairs(NAMES) do
  local new = require("luaproxy.policy." .. name)
  local function plain() return new(OPTIONS[name]) end
  add(name, plain)
  if WRAPPED[name] then
    add("sticky " .. name, function() return sticky(plain(), { secret = SECRET }) end)
    add("tiered " .. name, function() return tiered(plain()) end)
    add("slowly starting " .. name, function() return slowstart(plain()) end)
    add("avoiding " .. name, function() return avoid(plain(), { "old" }) end)
  end
end
for _, name in ipairs { "ring", "maglev", "rendezvous" } do
  local new = require("luaproxy.policy." .. name)
  add("bounded " .. name, function()
    return new { bound = 1.25, points = OPTIONS[name] and OPTIONS[name].points,
      size = OPTIONS[name] and OPTIONS[name].size }
  end)
end
add("everything around two choices", function()
  return sticky(tiered(slowstart(avoid(require "luaproxy.policy.twochoices"(), { "old" }))),
    { secret = SECRET })
end)

-- What the core writes, as a text.
local function facts(b)
  return ("%s %s %s %s %s %s %s %s %s %s"):format(b.id, b.addr, b.weight, b.tier, b.inflight,
    b.ewma, b.ewma_at, b.fails, b.since, b.up)
end

-- Gives backends the facts that testing.backend does not give them.
local function enrich(pool, random)
  for _, b in ipairs(pool) do
    b.fails, b.since, b.tier = 0, random(100) - 100, random(2)
    if random(3) > 1 then b.ewma, b.ewma_at = random(), random() - 1 end
    if random(4) == 1 then b.tags.old = true end
  end
end

local function some_of(pool, random)
  local some = {}
  for _, b in ipairs(pool) do
    if random(3) > 1 then some[#some + 1] = b end
  end
  return #some > 0 and some or { pool[random(#pool)] }
end

local requests = {}
for i = 1, 50 do
  requests[i] = testing.request { client = { ip = "10.0.0." .. i }, cookies = { srv = "whatever" } }
end

local function request(random)
  return requests[random(#requests)]
end

-- Lets a policy live a little: lists change, requests are repeated elsewhere, begin and end. VISIT
-- gets each list, with whom the policy has chosen of it.
local function live(policy, pool, ctx, visit)
  local random, running = ctx.random, {}
  for _ = 1, 5 do
    local up = some_of(pool, random)
    ctx.attempt = 1
    if policy.changed then policy.changed(up, ctx) end
    for _ = 1, 6 do
      ctx.now, ctx.attempt = ctx.now + 0.3 * random(), 1
      local b = policy.pick(up, request(random), ctx)
      visit(up, b)
      if #up > 1 and random(4) == 1 then
        local rest = {}
        for _, other in ipairs(up) do
          if other ~= b then rest[#rest + 1] = other end
        end
        ctx.attempt = 2
        b = policy.pick(rest, request(random), ctx)
        visit(rest, b)
      end
      b.inflight, running[#running + 1] = b.inflight + 1, b
      if random(2) == 1 then
        local ended = table.remove(running, random(#running))
        ended.inflight = ended.inflight - 1
        if policy.done then
          policy.done(ended, { status = 200, t = 0.1, ttfb = 0.1, bytes = 1 }, ctx)
        end
      end
    end
  end
end

-- Whom a policy chooses in such a life.
local function course(kind, seed)
  local random = testing.random(seed)
  local pool = pools.of_weights { 3, 1, 4, 1, 5, 9 }
  enrich(pool, random)
  local ids, ctx = {}, testing.ctx { seed = seed, all = pool }
  live(kind.new(), pool, ctx, function(_, b) ids[#ids + 1] = b.id end)
  return table.concat(ids, " ")
end

local DASHES = ("-"):rep(10000)

-- A backend that is hard to overlook if somebody keeps it.
local function heavy(id)
  return testing.backend { id = id, data = { id .. DASHES } }
end

-- Lets backends come, be chosen and go for good, N times.
local function wear_out(policy, n, ctx)
  for i = 1, n do
    local up = { heavy("x" .. i), heavy("y" .. i) }
    ctx.all = up
    if policy.changed then policy.changed(up, ctx) end
    for _ = 1, 3 do policy.pick(up, request(ctx.random), ctx) end
  end
end

-- The bytes in use. The second time takes what weak tables have let go in the first.
local function bytes()
  collectgarbage()
  collectgarbage()
  return collectgarbage "count" * 1024
end

for _, kind in ipairs(kinds) do
describe("the library's policy " .. kind.name, function()
  it("chooses one of those who are up, whatever has been before", function()
    for seed = 1, 6 do
      local random, weights = testing.random(seed * 7919), {}
      for i = 1, random(12) do weights[i] = random(9) end
      local pool = pools.of_weights(weights)
      enrich(pool, random)
      live(kind.new(), pool, testing.ctx { seed = seed, all = pool }, function(up, b)
        if not pools.has(up, b) then error("with seed " .. seed) end
      end)
    end
  end)

  it("is the same for the same chance, and writes nothing that is the core's", function()
    assert.equal(course(kind, 5), course(kind, 5))
    local pool = pools.equal(4)
    local policy, ctx = kind.new(), testing.ctx { all = pool }
    local before = {}
    for i, b in ipairs(pool) do before[i] = facts(b) end
    for _ = 1, 50 do policy.pick(pool, request(ctx.random), ctx) end
    for i, b in ipairs(pool) do assert.equal(before[i], facts(b)) end
  end)

  it("goes on after a reload with what it saved", function()
    local pool = pools.of_weights { 5, 1, 1 }
    local old, ctx = kind.new(), testing.ctx { all = pool }
    for _ = 1, 3 do old.pick(pool, request(ctx.random), ctx) end
    local new = kind.new()
    assert.equal(old.save == nil, new.restore == nil)
    if old.save then new.restore(old.save()) end
    assert.is_true(pools.has(pool, new.pick(pool, request(ctx.random), ctx)))
  end)
end)
end

describe("the library", function()
  it("remembers nothing of those who are gone for good", function()
    local policies, ctx = {}, testing.ctx()
    for i, kind in ipairs(kinds) do
      policies[i] = kind.new()
      wear_out(policies[i], 3, ctx)
    end
    local before = bytes()
    for _, policy in ipairs(policies) do wear_out(policy, 5, ctx) end
    -- A single policy that kept a single backend each time would keep more than this.
    assert.is_true(bytes() - before < 5 * 9000)
  end)

  it("complains of options that it does not know, and says where", function()
    for _, name in ipairs { "ring", "maglev", "rendezvous", "prequal", "canary" } do
      local ok, why = pcall(function()
        local p = require("luaproxy.policy." .. name) { bonud = 1.25 }
        return p
      end)
      assert.is_false(ok)
      assert.matches('library_spec%.lua:%d+: unknown option "bonud"', why)
    end
    for _, wrapper in ipairs { sticky, tiered, slowstart } do
      local ok, why = pcall(function()
        local p = wrapper(function() end, { bonud = 1.25 })
        return p
      end)
      assert.is_false(ok)
      assert.matches('library_spec%.lua:%d+: unknown option "bonud"', why)
    end
  end)

  it("complains of wrappers around what is no policy", function()
    for _, wrapper in ipairs { sticky, tiered, slowstart, avoid } do
      local ok, why = pcall(function()
        local p = wrapper({}, {})
        return p
      end)
      assert.is_false(ok)
      assert.matches("library_spec%.lua:%d+: the first argument must be a policy", why)
    end
  end)

  it("passes on what wrappers do not care about", function()
    local heard
    local function within()
      return {
        pick = function(up) return up[1], "because" end,
        done = function(b) heard.done = b end,
        changed = function(up) heard.changed = up end,
        save = function() return { 7 } end,
        restore = function(saved) heard.saved = saved end,
        extra = 1,
      }
    end
    local up = pools.equal(2)
    for _, p in ipairs {
      sticky(within(), { secret = SECRET }), tiered(within()), slowstart(within()),
      avoid(within(), {}),
    } do
      heard = {}
      local b, reason = p.pick(up, testing.request(), testing.ctx { all = up })
      assert.same({ up[1], "because" }, { b, reason })
      p.done(up[1])
      p.changed(up)
      p.restore(p.save())
      assert.same({ { done = up[1], changed = up, saved = { 7 } }, 1 }, { heard, p.extra })
    end
  end)

  it("sets no globals", function()
    local before = {}
    for name in pairs(_G) do before[name] = true end
    for _, name in ipairs { "canary", "sticky", "tiered", "slowstart", "avoid",
      table.unpack(NAMES) } do
      assert(loadfile("lua/luaproxy/policy/" .. name .. ".lua"))()
    end
    for name in pairs(_G) do assert.is_true(before[name], name) end
  end)
end)
