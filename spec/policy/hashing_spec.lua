-- policy.ring, policy.maglev and policy.rendezvous: the same key finds the same backend.

local crowd = require "spec.support.crowd"
local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

-- With the options for fine shares, and for what is made often.
local FORMS = {
  { "ring", { points = 200 }, { points = 20 } },
  { "maglev", { size = 997 }, { size = 211 } },
  { "rendezvous", {}, {} },
}

-- Everybody but one.
local function without(pool, gone)
  local left = {}
  for _, b in ipairs(pool) do
    if b ~= gone then left[#left + 1] = b end
  end
  return left
end

local function counts_of(owners)
  local counts = {}
  for _, id in ipairs(owners) do counts[id] = (counts[id] or 0) + 1 end
  return counts
end

for _, form in ipairs(FORMS) do
local name, fine, coarse = form[1], form[2], form[3]
local make = require("luaproxy.policy." .. name)

local function made(base, options)
  local all = {}
  for _, source in ipairs { base, options } do
    for key, value in pairs(source) do all[key] = value end
  end
  return make(all)
end

local function new(options)
  return made(fine, options or { key = "x-user" })
end

describe(name, function()
  it("chooses the same for the same key, in every proxy and in any order", function()
    local pool = crowd.backends(9)
    local backwards = {}
    for i, b in ipairs(pool) do backwards[10 - i] = b end
    assert.same(crowd.owners(new(), 200, pool, testing.ctx { all = pool, seed = 1 }),
      crowd.owners(new(), 200, backwards, testing.ctx { all = backwards, seed = 2 }))
  end)

  it("moves only the keys of one who goes down, and moves them back", function()
    local pool, policy = crowd.backends(9), new()
    local ctx = testing.ctx { all = pool }
    local before = crowd.owners(policy, 500, pool, ctx)
    for i = 1, 9, 4 do
      local after = crowd.owners(policy, 500, without(pool, pool[i]), ctx)
      assert.equal(0, crowd.moved(before, after, pool[i].id))
      assert.is_nil(counts_of(after)[pool[i].id])
    end
    assert.same(before, crowd.owners(policy, 500, { table.unpack(pool) }, ctx))
  end)

  it("shares out the keys of one who goes down among all", function()
    local pool, policy = crowd.backends(5), new()
    local ctx = testing.ctx { all = pool }
    local before = counts_of(crowd.owners(policy, 3000, pool, ctx))
    local after = counts_of(crowd.owners(policy, 3000, without(pool, pool[3]), ctx))
    for i = 1, 5 do
      local id = pool[i].id
      if i ~= 3 then assert.is_true(after[id] - before[id] > before[pool[3].id] / 10) end
    end
  end)

  it("moves about one key of n when one is added to n - 1", function()
    local pool = crowd.backends(10)
    local few = without(pool, pool[10])
    local before = crowd.owners(new(), 2000, few, testing.ctx { all = few })
    local after = crowd.owners(new(), 2000, pool, testing.ctx { all = pool })
    local gained = counts_of(after)[pool[10].id]
    assert.near(200, gained, 80)
    assert.is_true(crowd.moved(before, after) - gained <= (name == "maglev" and 80 or 0))
  end)

  it("follows weights", function()
    local pool = pools.of_weights { 1, 2, 5 }
    local counts = counts_of(crowd.owners(new(), 4000, pool, testing.ctx { all = pool }))
    assert.near(500, counts.a, 110)
    assert.near(1000, counts.b, 170)
    assert.near(2500, counts.c, 220)
  end)

  it("tries another one again where the key would go without the first", function()
    local pool, policy = crowd.backends(6), new()
    local ctx = testing.ctx { all = pool }
    for i = 1, 30 do
      local request = crowd.from("user" .. i)
      ctx.attempt = 1
      local first = policy.pick(pool, request, ctx)
      ctx.attempt = 2
      local second = policy.pick(without(pool, first), request, ctx)
      ctx.attempt = 1
      assert.equal(second, policy.pick(without(pool, first), request, ctx))
    end
  end)

  it("goes by whatever tells who asks", function()
    local pool = crowd.backends(20)
    local ctx = testing.ctx { all = pool }
    local function chosen(policy, request)
      return policy.pick(pool, testing.request(request), ctx).id
    end
    local function path_of(req) return req.path end
    local by_ip = chosen(new {}, { client = { ip = "10.1.1.7" } })
    assert.equal(by_ip, chosen(new { key = "ip" }, { client = { ip = "10.1.1.7" }, path = "/x" }))
    assert.equal(by_ip, chosen(new { key = "x-user" }, { headers = { ["x-user"] = "10.1.1.7" } }))
    assert.equal(by_ip, chosen(new { key = "cookie:u" }, { cookies = { u = "10.1.1.7" } }))
    assert.equal(by_ip, chosen(new { key = path_of }, { path = "10.1.1.7" }))
    for _, key in ipairs { "x-user", "cookie:u", function() end } do
      assert.equal(by_ip, chosen(new { key = key }, { client = { ip = "10.1.1.7" } }))
    end
  end)

  it("refuses a bound below one, and a key that is none", function()
    assert.error_matches(function() new { bound = 0.9 } end, "bound must be a number")
    assert.error_matches(function() new { key = 7 } end, "key must be")
  end)
end)

-- Mirrokni, Thorup, Zadimoghaddam: nobody above ceil(bound * (m + 1) / n), by weight.
describe(name .. " with bounded loads", function()
  local ceil = math.ceil

  -- How many requests B may have when there are M at POOL.
  local function most(b, pool, m, bound)
    local weight = 0
    for i = 1, #pool do weight = weight + pool[i].weight end
    return ceil(bound * m * b.weight / weight - 1e-9)
  end

  local function total(pool)
    local sum = 0
    for i = 1, #pool do sum = sum + pool[i].inflight end
    return sum
  end

  it("lets nobody have more, though all want the same", function()
    for _, bound in ipairs { 1, 1.25, 2 } do
      local pool, policy = pools.equal(3), new { bound = bound, key = "x-user" }
      local ctx, request = testing.ctx { all = pool }, crowd.from "everybody"
      for m = 1, 60 do
        local b = policy.pick(pool, request, ctx)
        b.inflight = b.inflight + 1
        if b.inflight > most(b, pool, m, bound) then error(("%d of %d"):format(b.inflight, m)) end
      end
    end
  end)

  it("lets nobody have more, whatever comes and goes", function()
    for seed = 1, 12 do
      local random, weights = testing.random(seed * 7919), {}
      for i = 1, 1 + random(9) do weights[i] = random(9) end
      local pool = pools.of_weights(weights)
      local policy = made(coarse, { bound = 1.25, key = "x-user" })
      crowd.run(policy, pool, {
        load = 0.8, steps = 300, random = random, ctx = testing.ctx { all = pool },
        request = function() return { headers = { ["x-user"] = "user" .. random(3) } } end,
        watch = function(b)
          if b.inflight > most(b, pool, total(pool), 1.25) then error("with seed " .. seed) end
        end,
      })
    end
  end)

  it("changes nothing where nobody has too many", function()
    local pool = crowd.backends(9)
    local ctx = testing.ctx { all = pool }
    assert.same(crowd.owners(new(), 200, pool, ctx),
      crowd.owners(new { bound = 1.25, key = "x-user" }, 200, pool, ctx))
  end)

  it("goes on to the one who would have the key next", function()
    local pool, policy = crowd.backends(6), new { bound = 1, key = "x-user" }
    local ctx, request = testing.ctx { all = pool }, crowd.from "somebody"
    local first = policy.pick(pool, request, ctx)
    local second = new().pick(without(pool, first), request, ctx)
    first.inflight = 3
    assert.equal(second, policy.pick(pool, request, ctx))
  end)

  -- 1.12 * 25 / 28 is 1.0000000000000002 to a computer.
  it("lets nobody have more by an error of rounding", function()
    local pool = crowd.backends(28)
    local ctx, request = testing.ctx { all = pool }, crowd.from "somebody"
    local first = new().pick(pool, request, ctx)
    local others = without(pool, first)
    for i = 1, 23 do others[i].inflight = 1 end
    first.inflight = 1
    assert.not_equal(first, new { bound = 1.12, key = "x-user" }.pick(pool, request, ctx))
  end)

  it("remembers what it has given as if it looked at everybody each time", function()
    local options = { bound = 1.1, key = "x-user" }
    local pool, policy = pools.of_weights { 1, 2, 1, 3 }, made(coarse, options)
    local random = testing.random(17)
    local ctx, running = testing.ctx { all = pool }, {}
    for _ = 1, 80 do
      local request = crowd.from("user" .. random(2))
      local b = policy.pick(pool, request, ctx)
      assert.equal(made(coarse, options).pick(pool, request, ctx), b)
      b.inflight, running[#running + 1] = b.inflight + 1, b
      if random(3) == 1 then
        b = table.remove(running, random(#running))
        b.inflight = b.inflight - 1
        if policy.done then policy.done(b, {}, ctx) end
      end
    end
  end)

  it("learns of requests that ended unheard", function()
    local pool, policy = crowd.backends(20), new { bound = 1.25, key = "x-user" }
    local ctx, request = testing.ctx { all = pool }, crowd.from "everybody"
    for _, b in ipairs(pool) do b.inflight = 50 end
    local first = policy.pick(pool, request, ctx)
    for _, b in ipairs(pool) do b.inflight = 0 end
    for _ = 1, 60 do
      local b = policy.pick(pool, request, ctx)
      b.inflight = b.inflight + 1
    end
    assert.is_true(first.inflight <= 25, first.inflight)
  end)

  it("learns of requests that others gave, and finds somebody all the same", function()
    local found = {}
    for i = 1, 10 do
      local pool, policy = crowd.backends(20), new { bound = 1.25, key = "x-user" }
      local ctx, request = testing.ctx { all = pool }, crowd.from("user" .. i)
      policy.pick(pool, request, ctx)
      for _, b in ipairs(pool) do b.inflight = 50 end
      found[policy.pick(pool, request, ctx).id] = true
    end
    assert.is_string(next(found, (next(found))))
  end)
end)
end

describe("maglev", function()
  it("finds every one of hundreds", function()
    local maglev = require "luaproxy.policy.maglev"
    local pool = crowd.backends(300)
    local policy = maglev { key = "x-user", size = 601 }
    local found, n = {}, 0
    for _, id in ipairs(crowd.owners(policy, 4000, pool, testing.ctx { all = pool })) do
      n, found[id] = n + (found[id] and 0 or 1), true
    end
    assert.equal(300, n)
  end)
end)

describe("ring", function()
  local hash = require "luaproxy".hash

  -- The first three numbers of splitmix64 with the hash of an id as the seed, halved.
  local function points_of(id)
    local state, points = hash(id), {}
    for i = 1, 3 do
      state = state + 0x9e3779b97f4a7c15
      local z = (state ~ (state >> 30)) * 0xbf58476d1ce4e5b9
      z = (z ~ (z >> 27)) * 0x94d049bb133111eb
      points[i] = (z ~ (z >> 31)) >> 1
    end
    return points
  end

  it("gives a key to the first point that follows it", function()
    local pool = crowd.backends(5)
    local policy = require "luaproxy.policy.ring" { points = 3, key = "x-user" }
    local owners = crowd.owners(policy, 300, pool, testing.ctx { all = pool })
    for i, owner in ipairs(owners) do
      local first, least
      for _, b in ipairs(pool) do
        for _, point in ipairs(points_of(b.id)) do
          local distance = point - hash("user" .. i) & math.maxinteger
          if not least or distance < least then first, least = b.id, distance end
        end
      end
      assert.equal(first, owner)
    end
  end)

  it("has no more points than one call can sort, however many are asked for", function()
    local pool = pools.of_weights { 60000, 60000 }
    local policy = require "luaproxy.policy.ring"()
    collectgarbage()
    local before = collectgarbage "count"
    policy.pick(pool, testing.request(), testing.ctx { all = pool })
    collectgarbage()
    -- Sixteen bytes a point, and as much again for the stretches.
    assert.is_true(collectgarbage "count" - before < 1000)
  end)
end)
