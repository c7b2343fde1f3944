-- policy.leastheap: least connections without looking at everybody.

local crowd = require "spec.support.crowd"
local leastheap = require "luaproxy.policy.leastheap"
local pools = require "spec.support.pools"
local testing = require "luaproxy.testing"

local huge, min = math.huge, math.min

local function load_of(b)
  return (b.inflight + 1) / b.weight
end

local function least_load(pool)
  local least = huge
  for i = 1, #pool do least = min(least, load_of(pool[i])) end
  return least
end

-- Chooses, and counts as the core does.
local function begin(policy, pool, ctx)
  local b = policy.pick(pool, nil, ctx)
  b.inflight = b.inflight + 1
  return b
end

local function finish(policy, b, ctx)
  b.inflight = b.inflight - 1
  policy.done(b, {}, ctx)
end

describe("least connections by a heap", function()
  it("never chooses anybody while somebody has less to do", function()
    pools.each(function(pool, random)
      local policy, ctx, running = leastheap(), testing.ctx { seed = random(1000) }, {}
      local worse = 0
      for _ = 1, 50 do
        local least = least_load(pool)
        local b = policy.pick(pool, nil, ctx)
        worse = worse + (load_of(b) > least and 1 or 0)
        b.inflight, running[#running + 1] = b.inflight + 1, b
        while #running > 0 and random(2) == 1 do
          finish(policy, table.remove(running, random(#running)), ctx)
        end
      end
      assert.equal(0, worse)
    end)
  end)

  it("does so when lists change", function()
    pools.each(function(pool, random)
      local policy, ctx, worse = leastheap(), testing.ctx { seed = random(1000) }, 0
      for _ = 1, 10 do
        local up = { table.unpack(pool, 1, random(#pool)) }
        for _ = 1, 5 do
          local least = least_load(up)
          local b = policy.pick(up, nil, ctx)
          worse = worse + (load_of(b) > least and 1 or 0)
          b.inflight = b.inflight + 1
        end
      end
      assert.equal(0, worse)
    end)
  end)

  it("lets equals take turns", function()
    local pool, policy, ctx = pools.equal(5), leastheap(), testing.ctx()
    for _ = 1, 20 do
      local b = begin(policy, pool, ctx)
      finish(policy, b, ctx)
    end
    local counts = {}
    for _ = 1, 20 do
      local b = begin(policy, pool, ctx)
      finish(policy, b, ctx)
      counts[b.id] = (counts[b.id] or 0) + 1
    end
    assert.same({ a = 4, b = 4, c = 4, d = 4, e = 4 }, counts)
  end)

  it("begins anywhere", function()
    local firsts = {}
    for seed = 1, 60 do
      local b = leastheap().pick(pools.equal(3), nil, testing.ctx { seed = seed * 7919 })
      firsts[b.id] = true
    end
    assert.same({ a = true, b = true, c = true }, firsts)
  end)

  it("learns of requests that others gave when they come to the top", function()
    local pool, policy, ctx = pools.equal(4), leastheap(), testing.ctx()
    begin(policy, pool, ctx)
    for i = 1, 3 do pool[i].inflight = 10 end
    pool[4].inflight = 0
    assert.equal("d", begin(policy, pool, ctx).id)
    assert.equal("d", begin(policy, pool, ctx).id)
  end)

  it("learns of requests that ended unheard within n choices", function()
    local pool, policy, ctx = crowd.backends(50), leastheap(), testing.ctx()
    for _, b in ipairs(pool) do b.inflight = 100 end
    pool[37].inflight = 1000
    begin(policy, pool, ctx)
    pool[37].inflight = 0
    local chosen = false
    for _ = 1, 51 do chosen = begin(policy, pool, ctx) == pool[37] or chosen end
    assert.is_true(chosen)
  end)

  it("follows weights that change", function()
    local pool, policy, ctx = pools.equal(2), leastheap(), testing.ctx()
    for _ = 1, 10 do begin(policy, pool, ctx) end
    pool[1].weight = 4
    for _ = 1, 40 do begin(policy, pool, ctx) end
    assert.same({ 40, 10 }, { pool[1].inflight, pool[2].inflight })
  end)
end)
