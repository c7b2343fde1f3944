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

-- The numbers of the POSTs that BACKEND has seen.
local function posts_at(backend)
  if backend.posts then return backend:posts() end
  local list = {}
  for _, request in ipairs(backend.requests) do
    if request.method == "POST" then list[#list + 1] = request.fields["x-number"] end
  end
  return list
end

-- How many POSTs several backends have seen more than once.
local function seen_twice(backends)
  local seen, twice = {}, 0
  for _, backend in ipairs(backends) do
    for _, number in ipairs(posts_at(backend)) do
      if seen[number] then twice = twice + 1 end
      seen[number] = true
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
-- @tparam ?{backend,...} backends three that can be stopped and started
-- @treturn table `answered`: how many GETs; `failed`: the status lines of those that were answered
-- with anything but 200; `twice`: POSTs that backends have seen twice; `retries`
function flapping.run(seconds, backends)
  backends = backends or kit.backends(3)
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
    answered = gets.answered, failed = gets.failed, twice = seen_twice(backends),
    retries = tonumber((proxy:wait_line "stopped: .* (%d+) retries,")),
  }
end

return flapping
