/**
 * A Lua function shared by the scripts that add dead letters or take some away. `deadLettersHeld` is how many there should be: those that are there,
 * and those that somebody deleted by hand. So what vanished is the difference to what is there, without a look at any letter.
 */
export const heldLetters = `
-- Notes that letters were added or taken away; 'before' is how many were there before that. Counters that say nothing of letters, because
-- somebody deleted them or they are older than this count, begin with what was there.
local function note_letters(counters, dead, before)
  local held = tonumber(redis.call('HGET', counters, 'deadLettersHeld')) or before
  redis.call('HSET', counters, 'deadLettersHeld', redis.call('XLEN', dead) + math.max(0, held - before))
end
`
