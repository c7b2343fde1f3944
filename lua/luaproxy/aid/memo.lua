--- What was made of a list, remembered for as long as somebody has the list.
--
-- The proxy hands out the same list while its content is the same, so its identity stands for its
-- content. Several lists may take turns (a wrapper hands on parts), hence a map and not the last
-- one alone. The list of a second attempt is used once, and nothing is remembered of it.

--- Gives a function that calls another one once for each list.
-- @tparam function make make(list, ctx): what is to be remembered of a list; never nil
-- @treturn function like `make`
local function memo(make)
  local made = setmetatable({}, { __mode = "k" })
  local last, value -- most often it is the last one again
  return function(list, ctx)
    if list == last then return value end
    if ctx.attempt > 1 then return made[list] or make(list, ctx) end
    local found = made[list]
    if found == nil then
      found = make(list, ctx)
      made[list] = found
    end
    last, value = list, found
    return found
  end
end

return memo
