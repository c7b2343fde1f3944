-- What is called a retry, in the log and in the sum at the end: another backend got the request.

local kit = require "spec.support.kit"

local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { %s }, retry = { tries = 3 }, health = %s,
    pick = function(up) return up[1] end,
  }
]]

local function reset(_, conn) conn:reset() end

describe("a retry", function()
  local proxy

  -- Starts a proxy before these backends, or ports.
  local function start(health, ...)
    local addrs = {}
    for i, backend in ipairs { ... } do
      addrs[i] = ("%q"):format(type(backend) == "table" and backend.addr or "127.0.0.1:" .. backend)
    end
    proxy = kit.proxy { script = SCRIPT, table.concat(addrs, ", "), health }
  end

  -- The lines about failures, without time and port; then how many retries were counted.
  local function said()
    proxy:stop()
    local list = proxy:lines "backend 127.0.0.1:%d+: (.*)"
    list[#list + 1] = proxy:lines "stopped: .* (%d+ retries),"[1]
    return list
  end

  after_each(kit.cleanup)

  it("is none where the only backend refuses", function()
    start("false", kit.closed_port())
    assert.equal(503, proxy:get("/").status)
    assert.same({ "connection refused", "0 retries" }, said())
  end)

  it("is none where the only backend resets", function()
    start("false", kit.backend { handler = reset })
    assert.equal(502, proxy:get("/").status)
    assert.same({ "connection reset", "0 retries" }, said())
  end)

  it("is none where all others are down", function()
    start("{ every = 10, fall = 1 }", kit.backend { handler = reset }, kit.closed_port())
    assert.equal(502, proxy:get("/").status)
    assert.same({ "connection reset", "0 retries" }, said())
  end)

  it("is one for each further backend, until the last of them has failed", function()
    start("false", kit.backend { handler = reset }, kit.closed_port())
    assert.equal(502, proxy:get("/").status)
    assert.same({ "connection reset, retry", "connection refused", "1 retries" }, said())
  end)

  it("is one where another backend answers", function()
    start("false", kit.closed_port(), kit.backend { name = "b" })
    assert.equal("b", proxy:get("/").body)
    assert.same({ "connection refused, retry", "1 retries" }, said())
  end)
end)
