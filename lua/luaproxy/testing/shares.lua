--- Who gets how much: properties of many choices.

local requests = require "luaproxy.testing.requests"
local world = require "luaproxy.testing.world"

local shares = {}

local EACH, WEIGHED = 300, 150     -- requests for each backend
local CLIENTS, KEYS = 1024, 300    -- how many there are, and how many are seen to move
local REGULARS = 50                -- clients of a policy to which they are all the same
local LEVEL = 4 -- requests in flight for each unit of weight

-- A policy that goes by the request is judged by many clients, of whom each comes once.
local function start(env, case, level)
  local by_request = env.kind == "request"
  return world.new(env.subject, case, {
    level = by_request and 0 or level, none = env.options.none, dress = env.options.dress,
  })
end

-- The request that comes as the Ith.
local function request(env, i)
  return requests.ordinary(env.kind == "request" and i or i % REGULARS + 1)
end

-- Serves N requests. Gives the number that each backend got, in their order.
local function serve(env, w, n)
  local got, counts = {}, {}
  for i = 1, n do
    local backend = w:serve(request(env, i))
    if backend then got[backend] = (got[backend] or 0) + 1 end
  end
  for i, backend in ipairs(w.all) do counts[i] = got[backend] or 0 end
  return counts
end

-- The least and the most that is fair where MEAN is to be expected.
local function bounds(env, mean)
  local chance = 6 * math.sqrt(mean) + 1
  if env.kind == "request" then return mean / 3 - chance, 2 * mean + chance end
  return mean - chance, mean + chance
end

--- Equal backends get the same, but for chance.
-- @treturn ?string what is wrong
function shares.fair(env, case)
  local n = case.requests or math.min(EACH * #case.weights,
    env.kind == "request" and CLIENTS or math.huge)
  local mean = n / #case.weights
  local least, most = bounds(env, mean)
  for i, got in ipairs(serve(env, start(env, case, LEVEL), n)) do
    if got < least or got > most then
      return ("b%d got %d of %d requests; %.0f to %.0f are fair among %d equals"):format(i, got, n,
        math.max(0, least), most, #case.weights)
    end
  end
end

local function sum(list)
  local total = 0
  for _, value in ipairs(list) do total = total + value end
  return total
end

-- How many choices it may take until everybody has had a request: with S = all weight / the least
-- weight, 4 * S * (ln S + 4). Who draws by weight misses it once in millions.
local function patience(env, weights)
  local s = sum(weights) / math.min(table.unpack(weights))
  return math.ceil((env.kind == "request" and 8 or 4) * s * (math.log(s) + 4))
end

-- Serves requests until everybody has had one. Gives the index of who has had none, and how many
-- requests there were.
local function wait_for_all(env, w, most)
  local served, missing = {}, #w.all
  for i = 1, most do
    local backend = w:serve(request(env, i))
    if backend and not served[backend] then
      served[backend], missing = true, missing - 1
    end
    if missing == 0 then return nil end
  end
  for i, backend in ipairs(w.all) do
    if not served[backend] then return i end
  end
end

--- Nobody waits for ever: neither when the pool is busy, nor among equals when it is idle.
-- @treturn ?string what is wrong
function shares.fed(env, case)
  local equal = {}
  for i = 1, #case.weights do equal[i] = 1 end
  local idle = { seed = case.seed, weights = equal }
  for _, try in ipairs { { case, LEVEL, "a busy pool" }, { idle, 0, "an idle pool of equals" } } do
    local most = case.requests or patience(env, try[1].weights)
    local hungry = wait_for_all(env, start(env, try[1], try[2]), most)
    if hungry then
      return ("b%d got none of %d requests in %s"):format(hungry, most, try[3])
    end
  end
end

-- Half of the sum of differences: the part of all requests that would have to go elsewhere.
local function misplaced(counts, weights)
  local total, all, distance = sum(counts), sum(weights), 0
  for i, got in ipairs(counts) do distance = distance + math.abs(got / total - weights[i] / all) end
  return distance / 2
end

--- Shares are by weight, nearly. A note, unless the check is strict.
-- @treturn ?string what is wrong
function shares.weights(env, case)
  local counts = serve(env, start(env, case, LEVEL), case.requests or WEIGHED * #case.weights)
  local equal = {}
  for i = 1, #counts do equal[i] = 1 end
  if sum(counts) == 0 then return "nobody got anything" end
  local off, off_equal = misplaced(counts, case.weights), misplaced(counts, equal)
  env.weighed[#env.weighed + 1] = { off = off, off_equal = off_equal }
  if env.options.strict and off > 0.2 then
    return ("%.0f %% of the requests went elsewhere than the weights say; 20 %% may")
      :format(100 * off)
  end
end

-- Where each of N clients goes.
local function homes(w, n)
  local list = {}
  for i = 1, n do list[i] = w:serve(requests.ordinary(i)) end
  return list
end

--- When a backend leaves, few clients move but its own.
-- @treturn ?string what is wrong
function shares.disruption(env, case)
  local w, n = start(env, case, 0), case.requests or KEYS
  local before = homes(w, n)
  local gone = w.all[w.random(#w.all)]
  local left = {}
  for _, backend in ipairs(w.all) do
    if backend ~= gone then left[#left + 1] = backend end
  end
  if #left == 0 then return nil end
  w:replace(left)
  local moved, others = 0, 0
  for i, backend in ipairs(homes(w, n)) do
    if before[i] ~= gone then
      others = others + 1
      if before[i] ~= backend then moved = moved + 1 end
    end
  end
  local most = env.options.moved * others + 2
  if moved > most then
    return ("when %s left, %d of the %d clients of others moved; %.0f may"):format(gone.id, moved,
      others, most)
  end
end

return shares
