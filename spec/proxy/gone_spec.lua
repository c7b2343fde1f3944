-- All backends have gone: it is said at once. They are back: they are used at once.

local kit = require "spec.support.kit"

-- Seconds that a busy machine may take for what needs none. It would be four more, were five good
-- checks waited for.
local BUSY = 0.9

local SCRIPT = [[
  return { listen = "127.0.0.1:0", backends = { "%s", "%s", "%s" }, health = %s }
]]

-- Three backends, and a proxy before them.
local function start(health)
  local backends = kit.backends(3)
  local a, b, c = table.unpack(backends)
  return kit.proxy { a, b, c, health, script = SCRIPT }, backends
end

local function stop_all(backends)
  for _, backend in ipairs(backends) do backend:stop() end
end

-- Gets N answers, all of them 503 within 10 ms. The machine may be busy with something else for so
-- long, but not each time.
local function get_refused(proxy, n)
  local late = {}
  for _ = 1, n do
    assert.equal(503, proxy:get("/").status)
    local seconds = proxy:wait_line "access .* 503 .* total=([%d.]+)"
    if tonumber(seconds) >= 0.01 then late[#late + 1] = seconds end
  end
  assert.is_true(#late <= n / 10, table.concat(late, " s, "))
end

local function wait_down(proxy, backends)
  for _, backend in ipairs(backends) do proxy:wait_line(backend.addr .. " is DOWN") end
end

-- Asks until the answer is 200; gives the seconds since BEGAN.
local function served_after(proxy, began)
  kit.until_true(function() return proxy:get("/").status == 200 end, "an answer")
  return kit.now() - began
end

describe("when all backends have gone, the answer is 503 within 10 ms", function()
  after_each(kit.cleanup)

  it("once checks have seen it", function()
    local proxy, backends = start "{ every = 0.05 }"
    stop_all(backends)
    wait_down(proxy, backends)
    get_refused(proxy, 50)
    assert.equal(0, #proxy:lines " retry")
  end)

  it("before checks can have seen it, and they are hurried", function()
    local proxy, backends = start "{ every = 3600 }"
    assert.equal(200, proxy:get("/").status)
    stop_all(backends)
    get_refused(proxy, 20)
    kit.until_true(function()
      assert.equal(503, proxy:get("/").status)
      return #proxy:lines "no usable backend" > 0
    end, "nobody to be tried any more")
  end)

  it("where there are no checks", function()
    local proxy, backends = start "false"
    stop_all(backends)
    get_refused(proxy, 50)
  end)
end)

describe("when backends come back", function()
  after_each(kit.cleanup)

  for _, who in ipairs { { "all of them", 1, 3 }, { "only one", 2, 2 } } do
    it("they are used within one interval of checks: " .. who[1], function()
      local proxy, backends = start "{ every = 1, rise = 5, fall = 1 }"
      stop_all(backends)
      wait_down(proxy, backends)
      local began = kit.now()
      for i = who[2], who[3] do backends[i]:start() end
      local seconds = served_after(proxy, began)
      assert.is_true(seconds < 1 + BUSY, seconds .. " s")
      assert.equal(3, #proxy:lines "is UP")           -- those from the start
      proxy:wait_line "pool default panics: 0 of 3 backends are fit"
    end)
  end

  it("those who have not are left alone", function()
    local proxy, backends = start "{ every = 0.1, rise = 1000, fall = 1 }"
    stop_all(backends)
    wait_down(proxy, backends)
    backends[2]:start()
    served_after(proxy, kit.now())
    for _ = 1, 20 do assert.equal("b", proxy:get("/").body) end
    proxy:stop()
    assert.equal(0, #proxy:lines " retry")
  end)

  it("they are used at once where there are no checks, if anybody was out or not", function()
    local proxy, backends = start "false"
    stop_all(backends)
    get_refused(proxy, 20)
    for _, backend in ipairs(backends) do backend:start() end
    for _ = 1, 20 do assert.equal(200, proxy:get("/").status) end
  end)
end)
