-- Waiting in plain Lua. A function that waits runs as a coroutine; what it waits for is handed out
-- by `coroutine.yield` as a table, and whoever resumes it passes the answer:
--
--     { what = "sleep", seconds = 2 }                         nothing
--     { what = "http", url = "http://x/", method = "GET" }    a response, or nil and a message
--
-- So luaproxy.testing runs such functions in a time of its own, and lets a test play the servers.
-- In the proxy the core has its own `sleep` and `http`.

local waiting = {}

-- The coroutines that somebody resumes who answers.
local answered = setmetatable({}, { __mode = "k" })

local OPTIONS = { method = "string", headers = "table", body = "string", timeout = "number" }

-- What the caller's caller is told who calls NAME where nobody answers.
local function check_may_wait(name)
  if not answered[coroutine.running()] then
    error(name .. " only works in a waiting function, in the proxy or in luaproxy.testing.run", 3)
  end
end

--- Makes a coroutine of a function that may wait. Whoever asks for it resumes it with answers.
-- @tparam function f
-- @treturn thread
function waiting.create(f)
  local thread = coroutine.create(f)
  answered[thread] = true
  return thread
end

--- Waits for a while.
-- @tparam number seconds
function waiting.sleep(seconds)
  check_may_wait "sleep"
  if type(seconds) ~= "number" or not (seconds >= 0 and seconds < math.huge) then
    error("bad argument #1 to 'sleep' (seconds from 0 on expected)", 2)
  end
  coroutine.yield { what = "sleep", seconds = seconds }
end

--- Makes an HTTP request and waits for the response.
-- @tparam string url
-- @tparam ?table options `method` ("GET"), `headers`: a map of names to values, `body`, `timeout`:
-- seconds
-- @treturn table `status`, `headers`, `body`; or nil
-- @treturn ?string what went wrong
function waiting.http(url, options)
  check_may_wait "http"
  if type(url) ~= "string" then
    error("bad argument #1 to 'http' (a URL expected)", 2)
  end
  local request = { what = "http", url = url, method = "GET" }
  for name, value in pairs(options or {}) do
    if type(value) ~= OPTIONS[name] then
      local expected = OPTIONS[name] or "no such option"
      error(("bad option %q of 'http' (%s expected)"):format(tostring(name), expected), 2)
    end
    request[name] = value
  end
  return coroutine.yield(request)
end

return waiting
