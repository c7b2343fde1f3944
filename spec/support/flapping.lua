--- One of three backends that goes and comes back all the time, under load.

local kit = require "spec.support.kit"
local load = require "spec.support.load"

local flapping = {}

local PAUSE, GETS, POSTS = 0.2, 270, 30   -- seconds; requests a second

local SCRIPT = [[
  return { listen = "127.0.0.1:0", backends = { "%s", "%s", "%s" }, log = { access = false } }
]]

local function pause()
  local over = kit.now() + PAUSE
  kit.until_true(function() return kit.now() >= over end, "the end of a pause")
end

-- How many requests of a kind several backends have seen more than once, by their numbers.
local function seen_twice(backends, method)
  local seen, twice = {}, 0
  for _, backend in ipairs(backends) do
    for _, request in ipairs(backend.requests) do
      local number = request.method == method and request.fields["x-number"]
      if number and seen[number] then twice = twice + 1 end
      if number then seen[number] = true end
    end
  end
  return twice
end

local function post(number)
  return kit.request { method = "POST", body = "one euro", fields = { ["X-Number"] = number } }
end

--- Has 270 GETs and 30 POSTs a second asked of three backends, the second of which is cut off and
-- listens again every 0.2 seconds.
-- @tparam number seconds how long
-- @treturn table `answered`: how many GETs; `failed`: the status lines of those that were answered
-- with anything but 200; `twice`: POSTs that backends have seen twice; `retries`
function flapping.run(seconds)
  local backends = kit.backends(3)
  local proxy = kit.proxy { script = SCRIPT, table.unpack(backends) }
  local ends = kit.now() + seconds
  local gets = load.start(proxy, { clients = 8, rate = GETS })
  local posts = load.start(proxy, { clients = 4, rate = POSTS, make = post })
  while kit.now() < ends do
    backends[2]:stop()
    pause()
    backends[2]:start()
    pause()
  end
  gets:stop()
  posts:stop()
  proxy:stop()
  return {
    answered = gets.answered, failed = gets.failed, twice = seen_twice(backends, "POST"),
    retries = tonumber((proxy:wait_line "stopped: .* (%d+) retries")),
  }
end

return flapping
