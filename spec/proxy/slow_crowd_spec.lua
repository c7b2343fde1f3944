-- Two thousand clients at once, each of whom takes his time: others do not notice.

local descriptors = require "spec.support.descriptors"
local kit = require "spec.support.kit"
local stopwatch = require "spec.support.stopwatch"

local HEADS, BODIES, READERS = 1000, 950, 50
local ROUND, STEPS = 0.5, 20   -- each does something once in so many seconds, some in each step
local REQUESTS = 10000

local SCRIPT = [[
  return {
    listen = "127.0.0.1:0", backends = { "%s" }, timeouts = { head = 120, stall = 120 },
    limits = { body_rate = 0.1, read_rate = 0.1 }, log = { access = false },
  }
]]

local POST = "POST /sum HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n"
-- More than all buffers on the way hold.
local LARGE = kit.request { target = "/bytes/4m" }

describe("two thousand slow clients", function()
  local proxy, crowd

  -- One who sends a head, a field at a time.
  local function come_with_head()
    local conn = proxy:connect()
    conn:post "GET / HTTP/1.1\r\nHost: x\r\n"
    return { conn = conn, step = function() conn:post "A: b\r\n" end, rest = "\r\n" }
  end

  -- One who sends a body, a byte at a time.
  local function come_with_body()
    local conn = proxy:connect()
    conn:post(POST)
    return { conn = conn, step = function() conn:post "1\r\na\r\n" end, rest = "0\r\n\r\n" }
  end

  -- One who reads a long answer, a piece at a time.
  local function come_to_read()
    local conn = proxy:connect { receive_buffer = 4096, paused = true }
    conn:post(LARGE)
    local function step()
      if conn.paused then conn:resume() else conn:pause() end
    end
    return { conn = conn, step = step }
  end

  local function gather()
    for _ = 1, HEADS do crowd[#crowd + 1] = come_with_head() end
    for _ = 1, BODIES do crowd[#crowd + 1] = come_with_body() end
    for _ = 1, READERS do crowd[#crowd + 1] = come_to_read() end
    for i = #crowd, 2, -1 do
      local j = math.random(i)
      crowd[i], crowd[j] = crowd[j], crowd[i]
    end
  end

  -- Lets all of them go on, until it is told to stop.
  local function dawdle()
    local stopped = false
    kit.background("the crowd", function()
      local turn = 0
      while not stopped do
        for i = 1 + turn, #crowd, STEPS do crowd[i].step() end
        turn = (turn + 1) % STEPS
        pcall(kit.until_true, function() return stopped end, "the end", ROUND / STEPS)
      end
    end)
    return function() stopped = true end
  end

  local function assert_all_there()
    proxy:signal "sigusr1"
    assert.equal(#crowd, tonumber(proxy:wait_line "status: .* (%d+) clients"))
    assert.is_true(BODIES <= tonumber(proxy:wait_line "status: .* (%d+) in flight"))
  end

  local function assert_answered(client)
    client.conn:post(client.rest)
    assert.equal(200, client.conn:read_message({ timeout = 30 }).status)
  end

  before_each(function()
    descriptors.raise_own()
    proxy = kit.proxy { script = SCRIPT, kit.echo() }
    crowd = {}
  end)
  after_each(kit.cleanup)

  it("do not slow down the others, and are served", function()
    local alone = stopwatch.measure(proxy, REQUESTS)
    gather()
    local stop = dawdle()
    local among = stopwatch.measure(proxy, REQUESTS)
    stop()
    assert_all_there()

    assert.same({ 0, 0 }, { alone.failed, among.failed })
    -- The machine has few processors, and the crowd needs one itself.
    assert.is_true(among.median < 10 * alone.median + 0.005,
      ("median %g s, not %g s"):format(among.median, alone.median))
    assert.is_true(among.p95 < 10 * alone.p95 + 0.05,
      ("p95 %g s, not %g s"):format(among.p95, alone.p95))

    for _, client in ipairs(crowd) do
      if client.rest then assert_answered(client) else client.conn:reset() end
    end
    proxy:stop()
    assert.equal(0, #proxy:lines "refused 127")
    assert.equal(0, #proxy:lines "cut 127")
    local connections = #crowd + 2
    assert.equal(1, #proxy:lines(("stopped: %%d+ requests, %d connections"):format(connections)))
  end)
end)
